/**
 * Profiles of mode `OAuth`: keys that are kept in the profile, and new ones for its access token while that lasts. To
 * renew the access token is left to `ram-auth login` and the aliyun CLI, because the refresh token changes with it, and
 * must be kept.
 *
 * @module
 */

import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";
import { keeping } from "../../kept_sessions.ts";
import type { Credentials } from "../../signer.ts";
import { exchangeForKeys } from "../oauth/service.ts";
import { oauthSite } from "../oauth/sites.ts";
import { broken, type Following, keptKeys, need, type Profile, timeOf } from "./profile.ts";
import { shellWord } from "../../../quote.ts";

/** The keys of a profile. @throws {CredentialsError} if its sign-in is over, or Alibaba Cloud gives no keys */
export async function oauth(world: World, profile: Profile, { want }: Following): Promise<Credentials> {
  const kept = keptKeys(profile, world.now());
  if (kept !== undefined) return kept;
  const { name, attempt, source } = profile;
  const site = oauthSite(need(profile, "oauth_site_type"));
  if (site === undefined) throw broken(profile, `"oauth_site_type" is neither CN nor INTL; ${profile.repair}`);
  const advice = `run "ram-auth login --profile ${shellWord(name)}"`;
  const end = timeOf(profile, "oauth_access_token_expire");
  if (end === undefined || end <= world.now()) throw broken(profile, `its access token has expired; ${advice}`);
  const accessToken = new Secret(need(profile, "oauth_access_token"));
  const asking = { attempt, site, caFile: want.sts?.caFile, advice };
  // Who signs in again is told apart by when that ends.
  const request = { url: `${site.service}/v1/exchange`, profile: source, signedInUntil: end };
  const keys = await keeping(want, request, () => exchangeForKeys(world, asking, { accessToken, source }));
  return { ...keys, source };
}
