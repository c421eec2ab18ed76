/**
 * Profiles of AWS's shared files, `~/.aws/config` and `~/.aws/credentials`: where the files are, which profile counts,
 * and what it holds.
 *
 * Source: "Configuration and credential file settings", docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html.
 *
 * @module
 */

import { CredentialsError } from "../../signer.ts";
import { FileError, readTextFile } from "../../../files.ts";
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

/** A profile, as each file has it; empty where a file has none. */
export interface Profile {
  readonly name: string;
  readonly files: SharedFiles;
  readonly config: IniSection;
  readonly credentials: IniSection;
}

const NOTHING: IniSection = new Map();

/**
 * Reads the profile asked for, by name or by `AWS_PROFILE`, else the default one.
 *
 * @returns why there is none, where none was asked for
 * @throws {CredentialsError} if the one asked for is in neither file, or a file is broken
 * @throws {FileError} if a file cannot be read
 */
export async function readProfile(world: World, wanted: string | undefined): Promise<Profile | { missing: string }> {
  const files = findFiles(world);
  if (files === undefined) return { missing: "HOME is not set" };
  const config = configProfiles(await readSections(world, files.config));
  const credentials = await readSections(world, files.credentials);
  const asked = wanted ?? profileVariable(world);
  const name = asked ?? DEFAULT_PROFILE;
  if (config.has(name) || credentials.has(name)) {
    return { name, files, config: config.get(name) ?? NOTHING, credentials: credentials.get(name) ?? NOTHING };
  }
  const places = `"${files.credentials}" and "${files.config}"`;
  if (asked === undefined) return { missing: `${places} have no profile "${name}"` };
  const names = [...new Set([...credentials.keys(), ...config.keys()])].join(", ") || "none";
  throw new CredentialsError(`Cannot use profile "${name}": ${places} have no such profile; there are: ${names}`);
}

/** The region of the profile that counts; `undefined` where it has none. */
export async function regionOfProfile(world: World, wanted: string | undefined): Promise<string | undefined> {
  const profile = await readProfile(world, wanted);
  return "missing" in profile
    ? undefined
    : profile.config.get("region") || profile.credentials.get("region") || undefined;
}

function profileVariable(world: World): string | undefined {
  return world.env("AWS_PROFILE") || world.env("AWS_DEFAULT_PROFILE") || undefined;
}

function findFiles(world: World): SharedFiles | undefined {
  const home = world.env("HOME") || world.env("USERPROFILE");
  const [config, credentials] = [world.env("AWS_CONFIG_FILE"), world.env("AWS_SHARED_CREDENTIALS_FILE")];
  if (!home && !(config && credentials)) return undefined;
  const inHome = (path: string) => home && path.startsWith("~/") ? home + path.slice(1) : path;
  return { config: inHome(config || "~/.aws/config"), credentials: inHome(credentials || "~/.aws/credentials") };
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
function configProfiles(sections: ReadonlyMap<string, IniSection>): ReadonlyMap<string, IniSection> {
  const profiles = new Map<string, IniSection>();
  for (const [title, section] of sections) {
    const [, quoted, plain] = /^profile\s+(?:(["'].+["'])|(\S+))$/.exec(title) ?? [];
    const name = quoted?.slice(1, -1) ?? plain;
    if (name !== undefined) profiles.set(name, section);
    else if (title === DEFAULT_PROFILE && !profiles.has(title)) profiles.set(title, section);
  }
  return profiles;
}
