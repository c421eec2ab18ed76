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
import type { Decisions } from "./decisions.ts";
import type { StsClient } from "./sts_client.ts";
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
}

/** Why a token was refused, as a stable code for logs, metrics and tests. */
export type RefusalReason = TokenError["reason"] | "sts_denied" | "deny_listed" | "not_mapped" | "mapping_refused";

/** What was decided about a token. An outage is no decision, and is thrown. */
export type Verdict =
  | { readonly kind: "allowed"; readonly identity: Identity; readonly user: ReviewedUser }
  | { readonly kind: "not_ours" }
  | {
    readonly kind: "refused";
    readonly reason: RefusalReason;
    /** For the log. */
    readonly message: string;
    /** For `status.error`. */
    readonly publicMessage: string;
    /** Known once STS has answered. */
    readonly identity: Identity | undefined;
  };

/**
 * Decides about one token. Trust: a stranger chose it.
 *
 * @throws {StsThrottled} or {StsFault} if STS cannot be asked: nothing is known about the token then
 */
export async function review(parts: VerifierParts, token: string): Promise<Verdict> {
  const accepted = parts.clouds.find(({ cloud }) => token.startsWith(cloud.tokenPrefix));
  if (accepted === undefined) return { kind: "not_ours" };
  let identity: Identity | undefined;
  try {
    const { clusterId, decisions, deny, now } = parts;
    identity = await decisions.identify(token, () => {
      const call = accepted.reader.read(token, { clusterId, now: now() });
      deny.assertKey(call.accessKeyId);
      return call;
    });
    deny.assertIdentity(identity);
    const mapped = await parts.mapping.map(identity);
    if (mapped === undefined) return notMapped(identity);
    return { kind: "allowed", identity, user: { ...mapped, ...describe(accepted.cloud, identity) } };
  } catch (failure) {
    const reason = reasonOf(failure);
    if (reason === undefined) throw failure;
    const { message, publicMessage } = failure as TokenError | StsDenied | Denied | MappingRefused;
    return { kind: "refused", reason, message, publicMessage, identity };
  }
}

/**
 * Finds out who signed a token that starts as one cloud's tokens do, by a call to STS of its own.
 *
 * @throws {TokenError} if it is refused without asking STS
 * @throws {StsDenied}, {StsThrottled} or {StsFault} as STS answers
 */
export async function identify(
  { clusterId, sts, now }: Pick<VerifierParts, "clusterId" | "now"> & { readonly sts: StsClient },
  reader: TokenReader,
  token: string,
): Promise<Identity> {
  return await sts.ask(reader.read(token, { clusterId, now: now() }));
}

function describe({ uidPrefix, extra }: Cloud, identity: Identity): Pick<ReviewedUser, "uid" | "extra"> {
  return { uid: `${uidPrefix}:${identity.accountId}:${identity.principalId}`, extra: extra(identity) };
}

function notMapped(identity: Identity): Verdict {
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
