/**
 * AWS keys that are in the shared files as they are. What a profile says beyond keys is in `profile_chain.ts`.
 *
 * @module
 */

import { type Credentials, CredentialsError, type CredentialSource, type CredentialsWanted } from "../../signer.ts";
import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";
import { type ChosenProfile, type Profile, readProfile, type SharedFiles } from "./profile.ts";
import { hasKeys, type Way, wayOf } from "./way.ts";
import { shellWord } from "../../../quote.ts";

const ID = "aws_access_key_id";
const SECRET = "aws_secret_access_key";
const TOKEN = "aws_session_token";

/** The name of old for {@linkcode TOKEN}; the AWS CLI looks at it first. */
const OLD_TOKEN = "aws_security_token";

/** `aws_access_key_id` and `aws_secret_access_key` of a profile. */
export const sharedFiles: CredentialSource = {
  name: "~/.aws/credentials and ~/.aws/config",
  async find(world, want) {
    const chosen = await readProfile(world, want.profile);
    const way = chosenWay(world, want, chosen);
    if (way?.kind === "keys" && "profile" in chosen) return readKeys(chosen.profile, chosen.shared.files);
    if ("missing" in chosen) return { notConfigured: chosen.missing };
    const { name } = chosen.profile;
    return {
      notConfigured: way === undefined
        ? `profile "${name}" holds no keys`
        : `passed over, because "${way.askedBy}" is set`,
    };
  },
};

/** How the profile that counts gives credentials, together with the environment where nobody asked for it by name. */
export function chosenWay(
  world: World,
  want: CredentialsWanted,
  chosen: ChosenProfile | { readonly missing: string },
): Way | undefined {
  const profile = "missing" in chosen ? undefined : chosen.profile;
  return wayOf(profile, { environment: want.profile === undefined ? world : undefined });
}

/** As the signer has it. */
export async function findProfile(world: World, want: CredentialsWanted): Promise<string | undefined> {
  const chosen = await readProfile(world, want.profile);
  const way = chosenWay(world, want, chosen);
  if (way === undefined || way.kind === "keys") return undefined;
  return "missing" in chosen ? way.askedBy : `profile "${chosen.profile.name}" ("${way.askedBy}")`;
}

/**
 * The keys of a profile, of one file, taken whole: the id of one is never joined with the secret of the other.
 *
 * @throws {CredentialsError} if a half is missing
 */
export function readKeys({ name, config, credentials }: Profile, files: SharedFiles): Credentials {
  const [section, path] = hasKeys(credentials) ? [credentials, files.credentials] : [config, files.config];
  const token = section.get(OLD_TOKEN) ? OLD_TOKEN : TOKEN;
  const [accessKeyId, accessKeySecret, securityToken] = [ID, SECRET, token].map((key) => section.get(key) || undefined);
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    const missing = accessKeyId === undefined ? ID : SECRET;
    throw new CredentialsError(
      `Cannot use profile "${name}" of "${path}": "${missing}" is missing; run "aws configure --profile ${
        shellWord(name)
      }"`,
    );
  }
  return {
    accessKeyId,
    accessKeySecret: new Secret(accessKeySecret),
    ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
    source: `profile "${name}" of ${path}`,
    names: { accessKeyId: ID, accessKeySecret: SECRET, securityToken: token },
  };
}
