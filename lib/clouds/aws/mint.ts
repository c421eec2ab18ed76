/**
 * Makes a token from AWS keys. Needs no network: signing is local.
 *
 * @module
 */

import { Secret } from "../../secret.ts";
import type { World } from "../../world.ts";
import type { MintedToken, MintRequest } from "../signer.ts";
import { sign, signatureDate } from "./sigv4.ts";
import { chooseStsHost } from "./sts_host.ts";
import { assertClusterId, CLUSTER_ID_HEADER, formatToken, signedParameters } from "./token.ts";

/** How long a token is announced to be good for: a minute less than STS takes it, as `aws eks get-token` does. */
const ANNOUNCED_LIFETIME_MS = 14 * 60_000;

/** How long before the credentials end a token stops being announced. */
const CREDENTIALS_MARGIN_MS = 60_000;

/** Seconds in `X-Amz-Expires`, by convention of all clients; STS does not look at it. */
const PRESIGNED_SECONDS = "60";

/** Signs a GetCallerIdentity request for one cluster. */
export async function mint(world: World, { clusterId, credentials, now, sts }: MintRequest): Promise<MintedToken> {
  assertClusterId(clusterId);
  const { host, region } = await chooseStsHost(world, sts, credentials.region);
  const unsigned = {
    host,
    region,
    accessKeyId: credentials.accessKeyId,
    date: signatureDate(now),
    expires: PRESIGNED_SECONDS,
    securityToken: credentials.securityToken?.reveal(),
  };
  const headers = { host, [CLUSTER_ID_HEADER]: clusterId };
  const query = signedParameters(unsigned);
  const signature = await sign({ method: "GET", query, headers, body: "" }, unsigned, credentials.accessKeySecret);
  const ends = [Math.floor(now.getTime() / 1000) * 1000 + ANNOUNCED_LIFETIME_MS];
  if (credentials.expiresAt !== undefined) ends.push(credentials.expiresAt.getTime() - CREDENTIALS_MARGIN_MS);
  return { token: new Secret(formatToken({ ...unsigned, signature })), expiresAt: new Date(Math.min(...ends)) };
}
