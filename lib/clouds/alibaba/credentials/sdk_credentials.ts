/**
 * Alibaba Cloud credentials in the file of its SDKs, `~/.alibabacloud/credentials`: profiles that have what the aliyun
 * CLI's have, under other names.
 *
 * Source: github.com/aliyun/credentials-go, `credentials/profile_provider.go` and `credential.go`.
 *
 * @module
 */

import { FileError, readTextFile } from "../../../files.ts";
import { homeFolder, homeVariable, inHome } from "../../../home.ts";
import type { World } from "../../../world.ts";
import { IniError, type IniSection, parseIni } from "../../ini.ts";
import {
  type Credentials,
  CredentialsError,
  type CredentialSource,
  type CredentialsWanted,
  type NotConfigured,
} from "../../signer.ts";
import { followProfile } from "./follow.ts";
import type { Profile } from "./profile.ts";
import { askedProfile } from "./variables.ts";

/** Largest file: a profile has 300 bytes. */
const MAX_FILE_BYTES = 1_048_576;

const NAME = "~/.alibabacloud/credentials";

/** Names the file, wherever it is. */
const VARIABLE = "ALIBABA_CLOUD_CREDENTIALS_FILE";

/** The profile where none is named. */
const DEFAULT_PROFILE = "default";

/** The aliyun CLI's mode for each `type`. */
const MODES: ReadonlyMap<string, string> = new Map([
  ["access_key", "AK"],
  ["sts", "StsToken"],
  ["ram_role_arn", "RamRoleArn"],
  ["ecs_ram_role", "EcsRamRole"],
  ["oidc_role_arn", "OIDC"],
  ["credentials_uri", "CredentialsURI"],
  ["external", "External"],
  ["bearer", "BearerToken"],
  ["rsa_key_pair", "RsaKeyPair"],
]);

/** What the file calls the aliyun CLI's settings, where it is something else. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["sts_token", "security_token"],
  ["ram_role_arn", "role_arn"],
  ["ram_session_name", "role_session_name"],
  ["ram_role_name", "role_name"],
  ["expired_seconds", "role_session_expiration"],
  ["oidc_token_file", "oidc_token_file_path"],
]);

const SETTINGS: ReadonlyMap<string, string> = new Map([...NAMES].map(([setting, name]) => [name, setting]));

/** The profile asked for, or `[default]`. */
export const sdkCredentials: CredentialSource = {
  name: NAME,
  callsOthers: true,
  async find(world, want) {
    const found = await findProfile(world, want);
    return "notConfigured" in found ? found : await follow(world, found, want);
  },
};

/** Where the file says that keys are, in words; nobody is called. @throws {CredentialsError} if it is broken */
export async function sdkProfile(world: World, want: CredentialsWanted): Promise<string | undefined> {
  const found = await findProfile(world, want);
  return "notConfigured" in found ? undefined : found.profile.source;
}

/** The same of another file. It, and its profile, must be there. */
export function sdkCredentialsAt(path: string): CredentialSource {
  return {
    name: path,
    callsOthers: true,
    async find(world, want) {
      const found = await findIn(path, world, want);
      if (!("notConfigured" in found)) return await follow(world, found, want);
      throw new CredentialsError(`Cannot use "${path}": ${found.notConfigured}`);
    },
  };
}

interface Found {
  readonly profile: Profile;
  find(name: string): Profile | undefined;
}

async function follow(world: World, { profile, find }: Found, want: CredentialsWanted): Promise<Credentials> {
  return await followProfile(world, profile, { want, find });
}

async function findProfile(world: World, want: CredentialsWanted): Promise<Found | NotConfigured> {
  const named = world.env(VARIABLE);
  if (named) return await findIn(inHome(world, named), world, want);
  const home = homeFolder(world);
  if (home === undefined) return { notConfigured: `${homeVariable(world)} is not set` };
  const path = `${home}${NAME.slice(1)}`;
  try {
    return await findIn(path, world, want);
  } catch (failure) {
    if (failure instanceof FileError && failure.missing) return { notConfigured: `"${path}" does not exist` };
    throw failure;
  }
}

async function findIn(path: string, world: World, want: CredentialsWanted): Promise<Found | NotConfigured> {
  const text = await readTextFile(world, path, { what: "the credentials", maxBytes: MAX_FILE_BYTES });
  const sections = parse(text, path);
  const find = (name: string) => {
    const section = sections.get(name);
    return section && toProfile(section, name, path);
  };
  const name = askedProfile(world, want) ?? DEFAULT_PROFILE;
  const profile = find(name);
  if (profile !== undefined) return { profile, find };
  return { notConfigured: `it has no profile "${name}"; there are: ${[...sections.keys()].join(", ") || "none"}` };
}

function parse(text: string, path: string): ReadonlyMap<string, IniSection> {
  try {
    return parseIni(text);
  } catch (cause) {
    if (!(cause instanceof IniError)) throw cause;
    throw new CredentialsError(`Cannot use "${path}": ${cause.message}; repair it`, { cause });
  }
}

function toProfile(section: IniSection, name: string, path: string): Profile {
  const settings = new Map<string, string>();
  for (const [key, value] of section) {
    const [, quoted] = /^(?:"(.*)"|'(.*)')$/s.exec(value)?.filter((part) => part !== undefined) ?? [];
    const text = quoted ?? value;
    if (text !== "") settings.set(SETTINGS.get(key) ?? key, text);
  }
  const type = settings.get("type") ?? "";
  return {
    name,
    mode: MODES.get(type) ?? type,
    settings,
    attempt: `Cannot use profile "${name}" of "${path}"`,
    source: `profile "${name}" of ${path}`,
    repair: "correct the file",
    nameInFile: (setting) => setting === "mode" ? "type" : NAMES.get(setting) ?? setting,
  };
}
