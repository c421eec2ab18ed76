/**
 * The profile of mode `OAuth` that a login is kept in: found in the text of the aliyun CLI's configuration, and put back
 * into it. Whatever else stands in the file stays.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/configuration.go` and `config/profile.go`.
 *
 * @module
 */

import { quoted } from "../../../quote.ts";
import { Secret } from "../../../secret.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import type { OauthTokens } from "../oauth/service.ts";
import type { OauthSite } from "../oauth/sites.ts";
import { member, membersOf } from "./json_file.ts";
import { readJson } from "../../key_json.ts";

/** A login, as it is kept. */
export interface KeptLogin {
  readonly site: OauthSite;
  readonly tokens: OauthTokens;
  /** None where the service gave none: a later login asks for them. */
  readonly keys: Credentials | undefined;
}

/** The profile, there or not yet. */
export interface OauthProfile {
  readonly name: string;
  readonly site: string | undefined;
  readonly refreshToken: Secret | undefined;
  /** The text of the file with this login in the profile. */
  keeping(login: KeptLogin): string;
}

/** What a new profile says beside its login; the aliyun CLI asks for the rest. */
const NEW_PROFILE = { output_format: "json", language: "en" };

/** The members for keys, none of which may be left of another login. */
const KEY_MEMBERS = ["access_key_id", "access_key_secret", "sts_token", "sts_expiration"];

/**
 * Finds it.
 *
 * @param text the file's; `undefined` where there is no file
 * @param options.asked the profile's name; without it, the file's current one, and `default` where that has none
 * @throws {CredentialsError} if the file cannot be read, or the profile is of another mode, whose keys would be lost
 */
export function oauthProfile(
  text: string | undefined,
  { path, asked }: { readonly path: string; readonly asked: string | undefined },
): OauthProfile {
  const config = text === undefined ? {} : readJson(text.replace(/^\uFEFF/, ""));
  const profiles = member(config, "profiles") ?? [];
  if (typeof config !== "object" || config === null || Array.isArray(config) || !Array.isArray(profiles)) {
    throw new CredentialsError(
      `Cannot log in: "${path}" is no configuration of the aliyun CLI; repair it, or move it away`,
    );
  }
  const current = membersOf(config).get("current");
  const name = asked ?? current ?? "default";
  const index = profiles.findIndex((profile) => member(profile, "name") === name);
  const settings = membersOf(profiles[index]);
  const mode = settings.get("mode") ?? "";
  if (index !== -1 && mode.toLowerCase() !== "oauth") {
    throw new CredentialsError(
      `Cannot log in as profile ${quoted(name)} of "${path}": its "mode" is ${quoted(mode)}, and its keys would be ` +
        "lost; name a new profile with --profile",
    );
  }
  const refreshToken = settings.get("oauth_refresh_token");
  return {
    name,
    site: settings.get("oauth_site_type"),
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
    keeping(login) {
      const old = index === -1 ? { name, mode: "OAuth", ...NEW_PROFILE } : profiles[index];
      const others = Object.entries(old).filter(([key]) => !KEY_MEMBERS.includes(key));
      const profile = { ...Object.fromEntries(others), ...membersFor(login) };
      const after = index === -1 ? [...profiles, profile] : profiles.with(index, profile);
      return `${JSON.stringify({ ...config, current: current ?? name, profiles: after }, null, "\t")}\n`;
    },
  };
}

function membersFor({ site, tokens, keys }: KeptLogin) {
  return {
    mode: "OAuth",
    oauth_site_type: site.name,
    oauth_access_token: tokens.accessToken.reveal(),
    oauth_refresh_token: tokens.refreshToken?.reveal(),
    oauth_access_token_expire: seconds(tokens.accessTokenEnd),
    ...(keys === undefined ? {} : {
      access_key_id: keys.accessKeyId,
      access_key_secret: keys.accessKeySecret.reveal(),
      sts_token: keys.securityToken?.reveal(),
      sts_expiration: keys.expiresAt && seconds(keys.expiresAt),
    }),
  };
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
