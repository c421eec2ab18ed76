/**
 * By which way a profile gives credentials. Where it names several, the order is that of the AWS CLI.
 *
 * Source: `create_credential_resolver` and `ProfileProviderBuilder` in `credentials.py` of botocore.
 *
 * @module
 */

import type { World } from "../../../world.ts";
import type { Profile } from "./profile.ts";

/** Names the file of a web identity, for which `AWS_ROLE_ARN` names the role. */
export const WEB_IDENTITY_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE";

/** How credentials are got, and the setting or variable by which somebody asked for that. */
export interface Way {
  readonly kind: "role" | "web identity" | "sso" | "keys" | "login" | "process";
  readonly askedBy: string;
}

/** Which web identity a profile is for, beside what it says itself. */
export interface WayOptions {
  /**
   * Whose variables of a web identity count beside the profile's settings, and before them: no one's where the profile was
   * asked for by name, or by another profile.
   */
  readonly environment: Pick<World, "env"> | undefined;
}

/** The way of a profile, or of none; `undefined` where nothing says how. */
export function wayOf(profile: Profile | undefined, options: WayOptions): Way | undefined {
  const settings = profile?.settings ?? new Map<string, string>();
  if (settings.has("role_arn") && !settings.has("web_identity_token_file")) return way("role", "role_arn");
  return wayWithoutRole(profile, options);
}

/** The same, where the role that the profile names is already being assumed with its keys. */
export function wayWithoutRole(profile: Profile | undefined, { environment }: WayOptions): Way | undefined {
  if (environment?.env(WEB_IDENTITY_FILE)) return way("web identity", WEB_IDENTITY_FILE);
  if (profile === undefined) return undefined;
  const { settings, credentials } = profile;
  if (settings.get("web_identity_token_file")) return way("web identity", "web_identity_token_file");
  const sso = ["sso_role_name", "sso_account_id"].find((key) => settings.has(key));
  if (sso !== undefined) return way("sso", settings.has("sso_session") ? "sso_session" : sso);
  if (hasKeys(credentials)) return way("keys", "aws_access_key_id");
  const kinds = [["login", "login_session"], ["process", "credential_process"]] as const;
  const [kind, askedBy] = kinds.find(([, key]) => settings.has(key)) ?? [];
  if (kind !== undefined) return way(kind, askedBy!);
  return hasKeys(settings) ? way("keys", "aws_access_key_id") : undefined;
}

function way(kind: Way["kind"], askedBy: string): Way {
  return { kind, askedBy };
}

/** Whether there is a key or half of one, which is an error and not nothing. */
export function hasKeys(section: ReadonlyMap<string, string>): boolean {
  return section.has("aws_access_key_id") || section.has("aws_secret_access_key");
}
