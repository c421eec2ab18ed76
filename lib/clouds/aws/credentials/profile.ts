/**
 * Profiles of AWS's shared files, `~/.aws/config` and `~/.aws/credentials`: where the files are, which profile counts,
 * and what it holds.
 *
 * Source: "Configuration and credential file settings", docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html;
 * `session.py` and `configloader.py` of botocore.
 *
 * @module
 */

import { CredentialsError } from "../../signer.ts";
import { FileError, readTextFile } from "../../../files.ts";
import { homeFolder, homeVariable, inHome } from "../../../home.ts";
import type { World } from "../../../world.ts";
import { IniError, type IniSection, parseIni } from "../../ini.ts";

/** Largest file: a profile has 300 bytes, and some companies generate one for each of a thousand accounts. */
const MAX_FILE_BYTES = 1_048_576;

/** The profile where none is named. */
const DEFAULT_PROFILE = "default";

/** Where the two files are, whether or not they exist. */
export interface SharedFiles {
  readonly config: string;
  readonly credentials: string;
}

/** A profile. */
export interface Profile {
  readonly name: string;
  /** As each file has it; empty where a file has none. */
  readonly config: IniSection;
  readonly credentials: IniSection;
  /** Both together; a value of the credentials file counts for more. */
  readonly settings: IniSection;
}

/** What both files hold. */
export interface SharedConfig {
  readonly files: SharedFiles;
  profile(name: string): Profile | undefined;
  readonly profileNames: readonly string[];
  /** `[sso-session name]`. */
  readonly ssoSessions: ReadonlyMap<string, IniSection>;
  /** `[services name]`. */
  readonly services: ReadonlyMap<string, IniSection>;
}

/** The profile that counts, among all that the files hold. */
export interface ChosenProfile {
  readonly shared: SharedConfig;
  readonly profile: Profile;
}

const NOTHING: IniSection = new Map();

/**
 * Reads the profile asked for, by name or by `AWS_DEFAULT_PROFILE` or `AWS_PROFILE`, else the default one.
 *
 * @returns why there is none, where none was asked for
 * @throws {CredentialsError} if the one asked for is in neither file, or a file is broken
 * @throws {FileError} if a file cannot be read
 */
export async function readProfile(
  world: World,
  wanted: string | undefined,
): Promise<ChosenProfile | { readonly missing: string }> {
  const files = findFiles(world);
  if (files === undefined) return { missing: `${homeVariable(world)} is not set` };
  const shared = await readSharedConfig(world, files);
  const asked = wanted ?? profileVariable(world);
  const name = asked ?? DEFAULT_PROFILE;
  const profile = shared.profile(name);
  if (profile !== undefined) return { shared, profile };
  const places = `"${files.credentials}" and "${files.config}"`;
  if (asked === undefined) return { missing: `${places} have no profile "${name}"` };
  const names = shared.profileNames.join(", ") || "none";
  throw new CredentialsError(`Cannot use profile "${name}": ${places} have no such profile; there are: ${names}`);
}

/** A setting of the profile that counts, whether or not it says where credentials are; `undefined` where it has none. */
export async function profileSetting(
  world: World,
  wanted: string | undefined,
  key: string,
): Promise<string | undefined> {
  const chosen = await readProfile(world, wanted);
  return "missing" in chosen ? undefined : chosen.profile.settings.get(key) || undefined;
}

/** The AWS CLI asks for the older name first. */
function profileVariable(world: World): string | undefined {
  return world.env("AWS_DEFAULT_PROFILE") || world.env("AWS_PROFILE") || undefined;
}

function findFiles(world: World): SharedFiles | undefined {
  const [config, credentials] = [world.env("AWS_CONFIG_FILE"), world.env("AWS_SHARED_CREDENTIALS_FILE")];
  if (homeFolder(world) === undefined && !(config && credentials)) return undefined;
  const full = (path: string) => inHome(world, expandVariables(path, world));
  return { config: full(config || "~/.aws/config"), credentials: full(credentials || "~/.aws/credentials") };
}

/** `$NAME` and `${NAME}`, where they are set, as the AWS CLI has it. */
function expandVariables(path: string, world: World): string {
  return path.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, plain, braced) => world.env(plain ?? braced) ?? whole);
}

async function readSharedConfig(world: World, files: SharedFiles): Promise<SharedConfig> {
  const { profiles, ssoSessions, services } = sortSections(await readSections(world, files.config));
  const credentials = await readSections(world, files.credentials);
  return {
    files,
    ssoSessions,
    services,
    profileNames: [...new Set([...credentials.keys(), ...profiles.keys()])],
    profile(name) {
      const [ofConfig, ofCredentials] = [profiles.get(name), credentials.get(name)];
      if (ofConfig === undefined && ofCredentials === undefined) return undefined;
      const settings = new Map([...ofConfig ?? NOTHING, ...ofCredentials ?? NOTHING]);
      return { name, config: ofConfig ?? NOTHING, credentials: ofCredentials ?? NOTHING, settings };
    },
  };
}

async function readSections(world: World, path: string): Promise<ReadonlyMap<string, IniSection>> {
  try {
    return parseIni(await readTextFile(world, path, { what: "AWS's shared file", maxBytes: MAX_FILE_BYTES }));
  } catch (cause) {
    if (cause instanceof FileError && cause.missing) return new Map();
    if (cause instanceof IniError) {
      throw new CredentialsError(`Cannot read AWS's shared file "${path}": ${cause.message}; repair it`, { cause });
    }
    throw cause;
  }
}

/** In the config file a profile is `[profile name]`, the name quoted where it holds spaces, or `[default]`. */
function sortSections(
  sections: ReadonlyMap<string, IniSection>,
): Pick<SharedConfig, "ssoSessions" | "services"> & { readonly profiles: ReadonlyMap<string, IniSection> } {
  const kinds = { profile: new Map(), "sso-session": new Map(), services: new Map() };
  for (const [title, section] of sections) {
    if (title === DEFAULT_PROFILE) kinds.profile.set(title, section);
    const [, kind, double, single, plain] =
      /^(profile|sso-session|services)\s+(?:"([^"]+)"|'([^']+)'|([^\s"']+))\s*$/.exec(title) ?? [];
    const name = double ?? single ?? plain;
    if (name !== undefined) kinds[kind as keyof typeof kinds].set(name, section);
  }
  return { profiles: kinds.profile, ssoSessions: kinds["sso-session"], services: kinds.services };
}
