/**
 * Tokens for tests, as our client mints them.
 *
 * @module
 */

import type { Credentials } from "../../lib/clouds/signer.ts";
import { mint } from "../../lib/clouds/alibaba/mint.ts";
import type { Principal } from "../../lib/emulator/principal.ts";
import { Secret } from "../../lib/secret.ts";

/** For which cluster a token is, and its date. */
export interface TokenOptions {
  readonly clusterId: string;
  readonly now: Date;
}

/** The keys that sign a token. */
export type Keys = Omit<Principal, "identity">;

/** What `ram-auth token` prints. */
export async function mintedToken(keys: Keys, { clusterId, now }: TokenOptions): Promise<string> {
  return (await mint({ clusterId, credentials: credentialsOf(keys), now })).token.reveal();
}

/** The keys of a principal of either cloud, as a credential source finds them. */
export function credentialsOf({ accessKeyId, accessKeySecret, securityToken }: Keys): Credentials {
  return {
    accessKeyId,
    accessKeySecret: new Secret(accessKeySecret),
    ...(securityToken !== undefined && { securityToken: new Secret(securityToken) }),
    source: "a test",
  };
}

/** Different tokens of the last ten minutes, over and over. */
export async function manyTokens(keys: Keys, clusterId: string, count: number): Promise<string[]> {
  const nowMs = Date.now();
  const different = await Promise.all(
    Array.from(
      { length: Math.min(count, 600) },
      (_, second) => mintedToken(keys, { clusterId, now: new Date(nowMs - second * 1_000) }),
    ),
  );
  return Array.from({ length: count }, (_, index) => different[index % different.length]!);
}
