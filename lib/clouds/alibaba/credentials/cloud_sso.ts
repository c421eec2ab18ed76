/**
 * Profiles of mode `CloudSSO`: keys that the aliyun CLI keeps in the profile, and new ones for its access token while that
 * lasts. Signing in is left to the CLI.
 *
 * Source: github.com/aliyun/aliyun-cli, `cloudsso/refresh.go`.
 *
 * @module
 */

import { VERSION } from "../../../version.ts";
import type { World } from "../../../world.ts";
import { askService, objectAt, type ServiceCall } from "../../service_call.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import { readResult, readTemporaryKeys } from "../answers.ts";
import { keeping } from "../../kept_sessions.ts";
import { broken, type Following, keptKeys, need, type Profile, timeOf } from "./profile.ts";
import { shellWord } from "../../../quote.ts";

/** The keys of a profile. @throws {CredentialsError} if its sign-in is over, or CloudSSO gives no keys */
export async function cloudSso(world: World, profile: Profile, { want }: Following): Promise<Credentials> {
  const kept = keptKeys(profile, world.now());
  if (kept !== undefined) return kept;
  const signIn = `run "aliyun configure --mode CloudSSO --profile ${shellWord(profile.name)}"`;
  const end = timeOf(profile, "cloud_sso_access_token_expire");
  if (end === undefined || end <= world.now()) throw broken(profile, `its sign-in to CloudSSO has expired; ${signIn}`);
  const url = URL.parse(need(profile, "cloud_sso_sign_in_url"));
  if (url?.protocol !== "https:") {
    throw broken(profile, `"cloud_sso_sign_in_url" is no URL with https; ${profile.repair}`);
  }
  const call: ServiceCall = {
    attempt: profile.attempt,
    service: "CloudSSO",
    hostOption: '"cloud_sso_sign_in_url"',
    caFile: want.sts?.caFile,
    Failure: CredentialsError,
  };
  const access = {
    AccountId: need(profile, "cloud_sso_account_id"),
    AccessConfigurationId: need(profile, "cloud_sso_access_config"),
  };
  const request = {
    url: `${url.origin}/cloud-credentials`,
    method: "POST",
    headers: {
      "accept": "application/json",
      "authorization": `Bearer ${need(profile, "access_token")}`,
      "content-type": "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
    body: JSON.stringify(access),
  } as const;
  const advice = { byCode: {}, otherwise: signIn };
  // Who signs in again is told apart by when that ends.
  const keys = await keeping(want, { url: request.url, ...access, signedInUntil: end }, async () => {
    const answer = await askService(world, request, call);
    const result = readResult(answer, call, advice, ["ErrorCode", "ErrorMessage", "RequestId"]);
    return readTemporaryKeys(objectAt(result, "CloudCredential"), profile.source, call);
  });
  return { ...keys, source: profile.source };
}
