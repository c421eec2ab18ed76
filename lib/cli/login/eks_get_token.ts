/**
 * `ram-auth eks get-token`: `ram-auth token` for AWS, by the flags of `aws eks get-token`, so that a kubeconfig of EKS
 * changes only its `command`.
 *
 * @module
 */

import { loadSigner } from "../../clouds/registry.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import { agreeing, printToken } from "./token.ts";

/** What `aws eks get-token` calls the sessions of the roles that it assumes; mappings may give it on as a username. */
const SESSION_NAME = "EKSGetTokenAuth";

/** Mints and prints; nothing but the answer goes to standard output. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const arns = settings.get("role");
  assertJson(settings);
  await printToken(world, await loadSigner(agreeing("aws", arns, () => "use ram-auth token")), {
    clusterId: settings.require("cluster-id"),
    profile: settings.get("profile"),
    roles: arns && { arns, terms: { session: { kind: "given", name: SESSION_NAME } } },
    sts: {
      region: settings.get("region"),
      endpoint: undefined,
      caFile: settings.get("sts-ca-file"),
      profile: settings.get("profile"),
    },
    bare: false,
  });
  return 0;
}

/**
 * Refuses other forms of output than kubectl reads.
 *
 * @throws {UsageError} if one is asked for
 */
export function assertJson(settings: Settings): void {
  if (settings.get("output") === "json" || settings.setBy("output") === "default") return;
  throw new UsageError("Cannot print the token as text: kubectl requires JSON; use ram-auth token --token-only");
}
