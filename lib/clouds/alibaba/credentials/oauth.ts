/**
 * Profiles of mode `OAuth`: keys that the aliyun CLI keeps in the profile, and new ones for its access token while that
 * lasts. To renew the access token is left to the CLI, because the refresh token changes with it, and must be kept.
 *
 * Source: github.com/aliyun/credentials-go, `credentials/providers/oauth.go`.
 *
 * @module
 */

import { Secret } from "../../../secret.ts";
import { VERSION } from "../../../version.ts";
import type { World } from "../../../world.ts";
import { askService, opaqueMember, type ServiceCall, timeMember } from "../../service_call.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import { readResult } from "../answers.ts";
import { keeping } from "../../kept_sessions.ts";
import { broken, type Following, keptKeys, need, type Profile, timeOf } from "./profile.ts";

/** Where access tokens become keys, by the site that the user signs in at. */
const HOSTS: ReadonlyMap<string, string> = new Map([
  ["CN", "oauth.aliyun.com"],
  ["INTL", "oauth.alibabacloud.com"],
]);

/** The keys of a profile. @throws {CredentialsError} if its sign-in is over, or Alibaba Cloud gives no keys */
export async function oauth(world: World, profile: Profile, { want }: Following): Promise<Credentials> {
  const kept = keptKeys(profile, world.now());
  if (kept !== undefined) return kept;
  const { name, attempt, source } = profile;
  const host = HOSTS.get(need(profile, "oauth_site_type").toUpperCase());
  if (host === undefined) throw broken(profile, `"oauth_site_type" is neither CN nor INTL; ${profile.repair}`);
  const signIn = `run "aliyun configure --mode OAuth --profile ${name}"`;
  const end = timeOf(profile, "oauth_access_token_expire");
  if (end === undefined || end <= world.now()) {
    throw broken(
      profile,
      `its access token has expired; run "aliyun sts GetCallerIdentity --profile ${name}", which renews it, or ${signIn}`,
    );
  }
  const call: ServiceCall = {
    attempt,
    service: "Alibaba Cloud's OAuth service",
    hostOption: '"oauth_site_type"',
    caFile: want.sts?.caFile,
    Failure: CredentialsError,
  };
  const request = {
    url: `https://${host}/v1/exchange`,
    method: "POST",
    headers: {
      "accept": "application/json",
      "authorization": `Bearer ${need(profile, "oauth_access_token")}`,
      "content-type": "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
  } as const;
  const advice = { byCode: {}, otherwise: signIn };
  // Who signs in again is told apart by when that ends.
  const keys = await keeping(want, { url: request.url, profile: source, signedInUntil: end }, async () => {
    const members = readResult(
      await askService(world, request, call),
      call,
      advice,
      ["error", "error_description", "requestId"],
    );
    return {
      accessKeyId: opaqueMember(members, "accessKeyId", call),
      accessKeySecret: new Secret(opaqueMember(members, "accessKeySecret", call)),
      securityToken: new Secret(opaqueMember(members, "securityToken", call)),
      expiresAt: timeMember(members, "expiration", call),
      source,
    };
  });
  return { ...keys, source };
}
