/**
 * What a server decides about one token, by the server's own review, and how far that came.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import { endpointChoice } from "../../config/endpoint_choice.ts";
import type { Settings } from "../../config/settings.ts";
import { RamAuthError } from "../../errors.ts";
import { acceptsConnection, readCaBundle } from "../../http.ts";
import type { CloudId, Identity } from "../../identity/identity.ts";
import type { DenyList } from "../../mapping/deny/denial.ts";
import { createDenyList } from "../../mapping/deny/list.ts";
import type { Mapper } from "../../mapping/source.ts";
import { createHttpsClient } from "../../review/https/client.ts";
import { createStsClient } from "../../review/sts_client.ts";
import type { ReviewedUser } from "../../review/token_review.ts";
import { type RefusalReason, review } from "../../review/verifier.ts";
import { NO_SPANS } from "../../telemetry/spans.ts";
import type { World } from "../../world.ts";
import { onlyOthers } from "./barred.ts";

/** What a review does, in its order. */
export type Step = "token" | "deny" | "sts" | "mapping";

/** Why there is no user. */
export interface Failure {
  readonly step: Step;
  /** As the server logs it; `undefined` for an outage, which decides nothing. */
  readonly reason: RefusalReason | "not_ours" | undefined;
  /** Of the error. */
  readonly code: string;
  readonly message: string;
}

/** What was found out. Without user and failure, STS has confirmed the identity, and no mapping was asked. */
export interface Verification {
  readonly identity?: Identity;
  /** Which endpoint was asked, and why. */
  readonly stsEndpoint?: string;
  readonly user?: ReviewedUser;
  readonly failure?: Failure;
}

/** What a server has beyond STS. */
export interface ServerParts {
  readonly clouds: readonly CloudId[];
  readonly deny: DenyList;
  readonly mapping: Mapper;
}

/** The step and the error of each refusal. */
const OF_REASON: Readonly<Record<RefusalReason, Pick<Failure, "step" | "code">>> = {
  malformed: { step: "token", code: "ERR_TOKEN" },
  too_large: { step: "token", code: "ERR_TOKEN" },
  wrong_cluster: { step: "token", code: "ERR_TOKEN" },
  wrong_host: { step: "token", code: "ERR_TOKEN" },
  expired: { step: "token", code: "ERR_TOKEN" },
  not_yet_valid: { step: "token", code: "ERR_TOKEN" },
  deny_listed: { step: "deny", code: "ERR_DENIED" },
  sts_denied: { step: "sts", code: "ERR_STS_DENIED" },
  mapping_refused: { step: "mapping", code: "ERR_MAPPING_REFUSED" },
  not_mapped: { step: "mapping", code: "ERR_NOT_MAPPED" },
};

/**
 * Verifies a token as the server would: STS is asked.
 *
 * @param given.server without it, tokens of every cloud are accepted, and no mapping is asked
 * @throws {UsageError} if no server starts with such settings; {CaBundleError}, {FileError} of the CA bundle
 */
export async function verify(
  world: World,
  settings: Settings,
  { clusterId, token, server }: { readonly clusterId: string; readonly token: string; readonly server?: ServerParts },
): Promise<Verification> {
  const cloud = (await loadClouds()).find(({ tokenPrefix }) => token.startsWith(tokenPrefix));
  if (cloud === undefined) {
    return failed("malformed", "it does not start like a token of Alibaba Cloud or AWS; check what you copied");
  }
  if (server?.clouds.includes(cloud.id) === false) {
    return failed("not_ours", `it is one of ${onlyOthers(cloud.id, server.clouds)}`);
  }
  cloud.assertClusterId(clusterId);
  const reader = await cloud.createReader(endpointChoice(settings), acceptsConnection);
  const caCerts = await readCaBundle(world, settings.get("sts-ca-file"));
  using https = createHttpsClient(world, { caCerts });
  const sts = createStsClient(world, https);
  const verdict = await review({
    clusterId,
    clouds: [{ cloud, reader }],
    decisions: { identify: async (_, read) => await sts.ask(read()), drop: () => {}, size: 0 },
    deny: server?.deny ?? createDenyList(),
    mapping: server?.mapping ?? { map: () => Promise.resolve(undefined) },
    now: () => world.now(),
    maxTokenAgeMs: () => settings.get("max-token-age") * 1_000,
    spans: NO_SPANS,
  }, token);
  if (verdict.kind === "not_ours") throw new TypeError("The token has another prefix than its cloud's");
  const { identity } = verdict;
  const found = { stsEndpoint: reader.endpoint, ...(identity && { identity }) };
  switch (verdict.kind) {
    case "allowed":
      return { ...found, user: verdict.user };
    case "refused": {
      const { reason, message } = verdict;
      if (reason === "not_mapped" && server === undefined) return found;
      return { ...found, failure: { ...OF_REASON[reason], reason, message } };
    }
    case "undecided": {
      if (!(verdict.failure instanceof RamAuthError)) throw verdict.failure;
      const { code, message } = verdict.failure;
      const step = identity === undefined ? "sts" : "mapping";
      return { ...found, failure: { step, reason: undefined, code, message } };
    }
  }
}

function failed(reason: "malformed" | "not_ours", why: string): Verification {
  return { failure: { ...OF_REASON.malformed, reason, message: `Cannot read the token: ${why}` } };
}
