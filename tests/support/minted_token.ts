/**
 * Tokens for tests, as our client mints them.
 *
 * @module
 */

import { mint } from "../../lib/clouds/alibaba/mint.ts";
import type { AlibabaPrincipal } from "../../lib/emulator/alibaba/principals.ts";
import { Secret } from "../../lib/secret.ts";

/** For which cluster a token is, and its date. */
export interface TokenOptions {
  readonly clusterId: string;
  readonly now: Date;
}

/** The keys that sign a token. */
export type Keys = Omit<AlibabaPrincipal, "identity">;

/** What `ram-auth token` prints. */
export async function mintedToken(keys: Keys, { clusterId, now }: TokenOptions): Promise<string> {
  const { accessKeyId, accessKeySecret, securityToken } = keys;
  const credentials = {
    accessKeyId,
    accessKeySecret: new Secret(accessKeySecret),
    ...(securityToken !== undefined && { securityToken: new Secret(securityToken) }),
    source: "a test",
  };
  return (await mint({ clusterId, credentials, now })).token.reveal();
}
