/**
 * The review flow: a token is read by its cloud, STS says who signed it, a mapping says which Kubernetes user that is.
 *
 * @module
 */

import { type Cloud, StsDenied, TokenError, type TokenReader } from "../clouds/cloud.ts";
import type { Identity } from "../identity/identity.ts";
import { Denied, type DenyList } from "../mapping/deny/denial.ts";
import { MappingRefused } from "../mapping/outcome.ts";
import type { Mapper } from "../mapping/source.ts";
import type { Spans } from "../telemetry/spans.ts";
import { CREDENTIAL_ID_KEY, credentialIdOf } from "./credential_id.ts";
import type { Decisions } from "./decisions.ts";
import { assertAge } from "./token_age.ts";
import type { ReviewedUser } from "./token_review.ts";

/** A cloud whose tokens are accepted, with its settled endpoint. */
export interface AcceptedCloud {
  readonly cloud: Cloud;
  readonly reader: TokenReader;
}

/** What a verifier judges with. */
export interface VerifierParts {
  readonly clusterId: string;
  readonly clouds: readonly AcceptedCloud[];
  readonly decisions: Decisions;
  readonly deny: DenyList;
  readonly mapping: Mapper;
  readonly now: () => Date;
  /** The oldest token that is accepted, in milliseconds; asked each time. */
  readonly maxTokenAgeMs: () => number;
  /** Where the steps of a review are timed. */
  readonly spans: Spans;
}

/** Why a token was refused, as a stable code for logs, metrics and tests. */
export type RefusalReason = TokenError["reason"] | "sts_denied" | "deny_listed" | "not_mapped" | "mapping_refused";

/** What came of a token of ours. */
interface Reviewed {
  /** Ties log, audit and Kubernetes' own audit log together. */
  readonly credentialId: string;
}

/** What was decided about a token. */
export type Verdict =
  | { readonly kind: "not_ours" }
  | Reviewed & { readonly kind: "allowed"; readonly identity: Identity; readonly user: ReviewedUser }
  | Reviewed & {
    readonly kind: "refused";
    readonly reason: RefusalReason;
    /** For the log. */
    readonly message: string;
    /** For `status.error`. */
    readonly publicMessage: string;
    /** Known once STS has answered. */
    readonly identity: Identity | undefined;
  }
  /** An outage or a bug: nothing is known about the token then. */
  | Reviewed & {
    readonly kind: "undecided";
    /** {@linkcode StsThrottled} or {@linkcode StsFault} if STS cannot be asked; {@linkcode Mapper}'s; anything if a bug. */
    readonly failure: unknown;
    readonly identity: Identity | undefined;
  };

/** Decides about one token. Never rejects. Trust: a stranger chose it. */
export async function review(parts: VerifierParts, token: string): Promise<Verdict> {
  const accepted = parts.clouds.find(({ cloud }) => token.startsWith(cloud.tokenPrefix));
  if (accepted === undefined) return { kind: "not_ours" };
  const credentialId = credentialIdOf(token);
  let identity: Identity | undefined;
  try {
    const { clusterId, decisions, deny, now, maxTokenAgeMs, spans } = parts;
    const who = await decisions.identify(credentialId, () =>
      spans.part("read token", () => {
        const call = accepted.reader.read(token, { clusterId, now: now() });
        assertAge(call, maxTokenAgeMs(), now());
        deny.assertKey(call.accessKeyId);
        return call;
      }));
    identity = who;
    deny.assertIdentity(who);
    const mapped = await spans.part("map", () => parts.mapping.map(who));
    if (mapped === undefined) return { ...notMapped(who), credentialId };
    const { uid, extra } = describe(accepted.cloud, who);
    const user = { ...mapped, uid, extra: { ...extra, [CREDENTIAL_ID_KEY]: [credentialId] } };
    return { kind: "allowed", credentialId, identity: who, user };
  } catch (failure) {
    const reason = reasonOf(failure);
    if (reason === undefined) return { kind: "undecided", credentialId, failure, identity };
    const { message, publicMessage } = failure as TokenError | StsDenied | Denied | MappingRefused;
    return { kind: "refused", credentialId, reason, message, publicMessage, identity };
  }
}

function describe({ uidPrefix, extra }: Cloud, identity: Identity): Pick<ReviewedUser, "uid" | "extra"> {
  return { uid: `${uidPrefix}:${identity.accountId}:${identity.principalId}`, extra: extra(identity) };
}

function notMapped(identity: Identity): Omit<Extract<Verdict, { kind: "refused" }>, "credentialId"> {
  return {
    kind: "refused",
    reason: "not_mapped",
    message: `Cannot map "${identity.canonicalArn}": no rule names it; add one to the mappings`,
    publicMessage: "the identity is not mapped to a Kubernetes user",
    identity,
  };
}

/** The reason of a refusal, or `undefined` for an outage or a bug. */
function reasonOf(failure: unknown): RefusalReason | undefined {
  if (failure instanceof TokenError) return failure.reason;
  if (failure instanceof StsDenied) return "sts_denied";
  if (failure instanceof Denied) return "deny_listed";
  if (failure instanceof MappingRefused) return "mapping_refused";
  return undefined;
}
