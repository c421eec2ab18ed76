/**
 * Alibaba Cloud credentials in the aliyun CLI's configuration, `~/.aliyun/config.json`.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/profile.go`.
 *
 * @module
 */

import { type Credentials, CredentialsError, type CredentialSource, type CredentialsWanted } from "../../signer.ts";
import { readTextFileIfThere } from "../../../files.ts";
import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";

/** Largest configuration: one profile has 1 KB. */
const MAX_CONFIG_BYTES = 1_048_576;

/** Variables that name the profile to use, as the aliyun CLI reads them. */
const PROFILE_VARIABLES = ["ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"];

/** The current profile, or the one asked for, in the modes `AK` and `StsToken`. */
export const aliyunConfig: CredentialSource = {
  name: "~/.aliyun/config.json",
  async find(world, want) {
    const home = world.env("HOME") || world.env("USERPROFILE");
    return home ? await findIn(`${home}/.aliyun/config.json`, world, want) : { notConfigured: "HOME is not set" };
  },
};

/** The same of another file. */
export function aliyunConfigAt(path: string): CredentialSource {
  return { name: path, find: (world, want) => findIn(path, world, want) };
}

async function findIn(
  path: string,
  world: World,
  { profile }: CredentialsWanted,
): Promise<Credentials | { readonly notConfigured: string }> {
  const text = await readTextFileIfThere(world, path, {
    what: "the aliyun CLI's configuration",
    maxBytes: MAX_CONFIG_BYTES,
  });
  if (text === undefined) return { notConfigured: `"${path}" does not exist` };
  const config = parseConfig(text, path);
  const wanted = profile ?? PROFILE_VARIABLES.map((name) => world.env(name)).find((value) => value);
  return readProfile(config, wanted, path);
}

/** A member of a JSON object, where it is one. */
function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function parseConfig(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause is dropped: it quotes the text, which holds secrets.
    throw new CredentialsError(`Cannot read "${path}": it is not JSON; repair it with "aliyun configure"`);
  }
}

function readProfile(config: unknown, wanted: string | undefined, path: string): Credentials {
  const name = wanted ?? member(config, "current");
  const profiles = member(config, "profiles");
  if (typeof name !== "string" || !Array.isArray(profiles)) {
    throw new CredentialsError(
      `Cannot use "${path}": it has no "current" profile or no "profiles"; repair it with "aliyun configure"`,
    );
  }
  const profile: unknown = profiles.find((candidate) => member(candidate, "name") === name);
  if (profile === undefined) {
    const names = profiles.map((candidate) => member(candidate, "name")).filter((n) => typeof n === "string").join(
      ", ",
    );
    throw new CredentialsError(
      `Cannot use profile "${name}" of "${path}": there is no such profile; there are: ${names}`,
    );
  }
  const attempt = `Cannot use profile "${name}" of "${path}"`;
  const mode = member(profile, "mode") ?? "AK";
  const field = (key: string): string => {
    const value = member(profile, key);
    if (typeof value !== "string" || value === "") {
      throw new CredentialsError(`${attempt}: "${key}" is missing; run "aliyun configure --profile ${name}"`);
    }
    return value;
  };
  if (mode !== "AK" && mode !== "StsToken") {
    throw new CredentialsError(
      `${attempt}: its mode ${JSON.stringify(mode)} is not supported; use a profile of mode AK or StsToken, or ` +
        "environment variables",
    );
  }
  const expiration = mode === "StsToken" ? member(profile, "sts_expiration") : undefined;
  return {
    accessKeyId: field("access_key_id"),
    accessKeySecret: new Secret(field("access_key_secret")),
    ...(mode === "StsToken" ? { securityToken: new Secret(field("sts_token")) } : {}),
    ...(typeof expiration === "number" && expiration > 0 ? { expiresAt: new Date(expiration * 1000) } : {}),
    source: `profile "${name}" of ${path}`,
  };
}
