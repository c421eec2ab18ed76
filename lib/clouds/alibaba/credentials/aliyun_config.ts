/**
 * Alibaba Cloud credentials in the aliyun CLI's configuration, `~/.aliyun/config.json`.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/configuration.go`.
 *
 * @module
 */

import { type Credentials, CredentialsError, type CredentialSource, type CredentialsWanted } from "../../signer.ts";
import { readTextFileIfThere } from "../../../files.ts";
import { homeFolder, homeVariable } from "../../../home.ts";
import type { World } from "../../../world.ts";
import { followProfile } from "./follow.ts";
import { member, membersOf } from "./json_file.ts";
import { readJson } from "../../key_json.ts";
import type { Profile } from "./profile.ts";
import { askedProfile, isSet } from "./variables.ts";
import { shellWord } from "../../../quote.ts";

/** Largest configuration: one profile has 1 KB. */
export const MAX_CONFIG_BYTES = 1_048_576;

const NAME = "~/.aliyun/config.json";

/** Variables that keep the SDKs and the CLI from the file. A profile asked for by name is looked for all the same. */
const IGNORING = [
  "ALIBABA_CLOUD_IGNORE_PROFILE",
  "ALIBABACLOUD_IGNORE_PROFILE",
  "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
];

/** The current profile, or the one asked for, in whatever mode. */
export const aliyunConfig: CredentialSource = {
  name: NAME,
  callsOthers: true,
  async find(world, want) {
    const found = await findProfileOf(world, want);
    return "notConfigured" in found ? found : await follow(world, found, want);
  },
};

/** The same of another file. Its profile must be there. */
export function aliyunConfigAt(path: string): CredentialSource {
  return {
    name: path,
    callsOthers: true,
    async find(world, want) {
      const found = await readProfile(path, world, want);
      if (!("notConfigured" in found)) return await follow(world, found, want);
      throw new CredentialsError(`Cannot use "${path}": ${found.notConfigured}`);
    },
  };
}

/** Where it is; `undefined` where no variable says where the home is. */
export function aliyunConfigPath(world: World): string | undefined {
  const home = homeFolder(world);
  return home && `${home}/.aliyun/config.json`;
}

/** Where the file says that keys are, in words; nobody is called. @throws {CredentialsError} if it is broken */
export async function aliyunProfile(world: World, want: CredentialsWanted): Promise<string | undefined> {
  const found = await findProfileOf(world, want);
  return "notConfigured" in found ? undefined : found.profile.source;
}

interface Found {
  readonly profile: Profile;
  find(name: string): Profile | undefined;
}

async function follow(world: World, { profile, find }: Found, want: CredentialsWanted): Promise<Credentials> {
  return await followProfile(world, profile, { want, find });
}

async function findProfileOf(
  world: World,
  want: CredentialsWanted,
): Promise<Found | { readonly notConfigured: string }> {
  const ignoring = want.profile === undefined ? IGNORING.find((name) => isSet(world, name)) : undefined;
  if (ignoring !== undefined) return { notConfigured: `skipped, because ${ignoring} is set` };
  const path = aliyunConfigPath(world);
  return path === undefined
    ? { notConfigured: `${homeVariable(world)} is not set` }
    : await readProfile(path, world, want);
}

async function readProfile(
  path: string,
  world: World,
  want: CredentialsWanted,
): Promise<Found | { readonly notConfigured: string }> {
  const text = await readTextFileIfThere(world, path, {
    what: "the aliyun CLI's configuration",
    maxBytes: MAX_CONFIG_BYTES,
  });
  if (text === undefined) return { notConfigured: `"${path}" does not exist` };
  const config = readJson(text);
  if (config === undefined) {
    throw new CredentialsError(`Cannot read "${path}": it is not JSON; repair it with "aliyun configure"`);
  }
  const asked = askedProfile(world, want);
  const name = asked ?? member(config, "current");
  const profiles = member(config, "profiles");
  if (typeof name !== "string" || !Array.isArray(profiles)) {
    throw new CredentialsError(
      `Cannot use "${path}": it has no "current" profile or no "profiles"; repair it with "aliyun configure"`,
    );
  }
  const find = (name: string): Profile | undefined => {
    const found: unknown = profiles.find((candidate) => member(candidate, "name") === name);
    return found === undefined ? undefined : toProfile(found, name, path);
  };
  const profile = find(name);
  if (profile !== undefined) return { profile, find };
  const names = profiles.map((candidate) => member(candidate, "name")).filter((name) => typeof name === "string");
  const why = `it has no profile "${name}"; there are: ${names.join(", ") || "none"}`;
  if (asked !== undefined) return { notConfigured: why };
  throw new CredentialsError(`Cannot use "${path}": ${why}; choose one with "aliyun configure switch --profile NAME"`);
}

function toProfile(value: unknown, name: string, path: string): Profile {
  const settings = membersOf(value);
  const mode = member(value, "mode") || modeBy(settings);
  return {
    name,
    mode: typeof mode === "string" ? mode : JSON.stringify(mode),
    settings,
    attempt: `Cannot use profile "${name}" of "${path}"`,
    source: `profile "${name}" of ${path}`,
    repair: `run "aliyun configure --profile ${shellWord(name)}"`,
    nameInFile: (setting) => setting,
  };
}

/** The mode of a profile that names none, as the aliyun CLI has it. */
function modeBy(settings: ReadonlyMap<string, string>): string {
  const has = (...names: readonly string[]) => names.every((name) => settings.has(name));
  if (has("access_key_id", "access_key_secret")) {
    if (has("sts_token")) return "StsToken";
    return has("ram_role_arn") ? "RamRoleArn" : "AK";
  }
  if (has("ram_role_name")) return "EcsRamRole";
  if (has("process_command")) return "External";
  if (has("oidc_provider_arn", "oidc_token_file", "ram_role_arn")) return "OIDC";
  return has("cloud_sso_sign_in_url") ? "CloudSSO" : "AK";
}
