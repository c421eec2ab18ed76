/**
 * Makes a token from Alibaba Cloud keys. Needs no network: signing is local.
 *
 * @module
 */

import type { MintedToken, MintRequest } from "../signer.ts";
import { Secret } from "../../secret.ts";
import { VERSION } from "../../version.ts";
import { sign } from "./acs3.ts";
import { CLUSTER_ID_PARAMETER, formatToken, signedHeaders } from "./token.ts";

/** How long a token is announced to be good for: five minutes less than STS takes it, as ack-ram-tool does. */
const ANNOUNCED_LIFETIME_MS = 10 * 60_000;

/** How long before the credentials end a token stops being announced. */
const CREDENTIALS_MARGIN_MS = 60_000;

/** Signs a GetCallerIdentity request for one cluster. `userAgent` is not signed, and not trusted by any server. */
export async function mint(
  { clusterId, credentials, now }: Omit<MintRequest, "sts">,
  userAgent = `ram-auth/${VERSION}`,
): Promise<MintedToken> {
  const date = now.toISOString().replace(/\.\d{3}Z$/, "Z");
  const { accessKeyId } = credentials;
  const securityToken = credentials.securityToken?.reveal();
  const headers = signedHeaders({ date, securityToken });
  const signature = await sign(
    { method: "POST", query: { [CLUSTER_ID_PARAMETER]: clusterId }, headers },
    credentials.accessKeySecret,
  );
  const token = formatToken({ clusterId, date, accessKeyId, securityToken, signature }, userAgent);
  const ends = [new Date(date).getTime() + ANNOUNCED_LIFETIME_MS];
  if (credentials.expiresAt !== undefined) ends.push(credentials.expiresAt.getTime() - CREDENTIALS_MARGIN_MS);
  return { token: new Secret(token), expiresAt: new Date(Math.min(...ends)) };
}
