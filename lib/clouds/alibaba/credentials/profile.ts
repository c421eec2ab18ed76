/**
 * A profile of the aliyun CLI, or of the SDKs' credentials file, which has the same under other names: settings, and the
 * keys among them. What a profile gets from elsewhere is for `follow.ts`.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/profile.go`.
 *
 * @module
 */

import { Secret } from "../../../secret.ts";
import { type Credentials, CredentialsError, type CredentialsWanted } from "../../signer.ts";

/** Shortest time that kept keys must last: tokens are announced until a minute before. */
const MIN_LEFT_MS = 120_000;

/** One profile. Trust: whoever wrote the user's file chose all of it. */
export interface Profile {
  readonly name: string;
  /** How it gets keys, as the aliyun CLI calls it: `AK`; in any case. */
  readonly mode: string;
  /** By the aliyun CLI's names; none is empty. */
  readonly settings: ReadonlyMap<string, string>;
  /** Starts each error: `Cannot use profile "work" of "/home/alice/.aliyun/config.json"`. */
  readonly attempt: string;
  /** The source of its keys, in words. */
  readonly source: string;
  /** What to do about a setting that is missing or wrong. */
  readonly repair: string;
  /** What its file calls a setting. */
  nameInFile(setting: string): string;
}

/** What a profile is followed with. */
export interface Following {
  readonly want: CredentialsWanted;
  /** The keys of another profile of the file. @throws {CredentialsError} if there is none, or it leads back to this one */
  sourceKeys(name: string): Promise<Credentials>;
}

/** The keys that are in the profile itself; whether with a security token or without, the profile's mode says. */
export function keysOf(profile: Profile, { isTemporary }: { readonly isTemporary: boolean }): Credentials {
  const end = isTemporary ? timeOf(profile, "sts_expiration") : undefined;
  return {
    accessKeyId: need(profile, "access_key_id").trim(),
    accessKeySecret: new Secret(need(profile, "access_key_secret").trim()),
    ...(isTemporary ? { securityToken: new Secret(need(profile, "sts_token").trim()) } : {}),
    ...(end === undefined ? {} : { expiresAt: end }),
    source: profile.source,
    names: {
      accessKeyId: `"${profile.nameInFile("access_key_id")}"`,
      accessKeySecret: `"${profile.nameInFile("access_key_secret")}"`,
      securityToken: `"${profile.nameInFile("sts_token")}"`,
    },
  };
}

/** Temporary keys that the aliyun CLI keeps in a profile, where they last for longer than a token needs. */
export function keptKeys(profile: Profile, now: Date): Credentials | undefined {
  const end = timeOf(profile, "sts_expiration");
  const isThere = ["access_key_id", "access_key_secret", "sts_token"].every((name) => profile.settings.has(name));
  const lasts = end !== undefined && end.getTime() - now.getTime() > MIN_LEFT_MS;
  return isThere && lasts ? keysOf(profile, { isTemporary: true }) : undefined;
}

/** A setting. @throws {CredentialsError} if the profile has none */
export function need(profile: Profile, setting: string): string {
  const value = profile.settings.get(setting);
  if (value !== undefined) return value;
  throw broken(profile, `"${profile.nameInFile(setting)}" is missing; ${profile.repair}`);
}

/** A point in time, in seconds since 1970; `undefined` where the profile has none. */
export function timeOf({ settings }: Profile, setting: string): Date | undefined {
  const seconds = Number(settings.get(setting));
  return seconds > 0 && Number.isSafeInteger(seconds * 1000) ? new Date(seconds * 1000) : undefined;
}

/** Why a profile cannot be used. */
export function broken({ attempt }: Profile, why: string, cause?: unknown): CredentialsError {
  return new CredentialsError(`${attempt}: ${why}`, { cause });
}
