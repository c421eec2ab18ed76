/**
 * AWS keys that are in the shared files as they are. What a profile says beyond keys is left to the AWS SDK, which is
 * dear to load.
 *
 * @module
 */

import { type Credentials, CredentialsError, type CredentialSource, type CredentialsWanted } from "../../signer.ts";
import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";
import { type Profile, readProfile } from "./profile.ts";

const ID = "aws_access_key_id";
const SECRET = "aws_secret_access_key";
const TOKEN = "aws_session_token";

/** Keys of a profile by which it asks for credentials that are somewhere else. */
const ELSEWHERE = /^(?:role_arn|web_identity_token_file|credential_process|login_session|sso_.+)$/;

/** `aws_access_key_id` and `aws_secret_access_key` of a profile. */
export const sharedFiles: CredentialSource = {
  name: "~/.aws/credentials and ~/.aws/config",
  async find(world, want) {
    const profile = await readProfile(world, want.profile);
    if ("missing" in profile) return { notConfigured: profile.missing };
    const asked = asksElsewhere(profile);
    if (asked !== undefined) {
      return { notConfigured: `profile "${profile.name}" has "${asked}", which the AWS SDK reads` };
    }
    return readKeys(profile);
  },
};

/** The key by which a profile asks for credentials that are somewhere else. */
export function asksElsewhere({ config, credentials }: Profile): string | undefined {
  return [...config.keys(), ...credentials.keys()].find((key) => ELSEWHERE.test(key));
}

/** As the signer has it. */
export async function findProfile(world: World, want: CredentialsWanted): Promise<string | undefined> {
  const profile = await readProfile(world, want.profile);
  const asked = "missing" in profile ? undefined : asksElsewhere(profile);
  return "missing" in profile || asked === undefined ? undefined : `profile "${profile.name}" ("${asked}")`;
}

/** The keys of one file, taken whole: the id of one is never joined with the secret of the other. */
function readKeys({ name, files, config, credentials }: Profile): Credentials | { readonly notConfigured: string } {
  for (const [section, path] of [[credentials, files.credentials], [config, files.config]] as const) {
    const [accessKeyId, accessKeySecret, securityToken] = [ID, SECRET, TOKEN].map((key) =>
      section.get(key) || undefined
    );
    if (accessKeyId === undefined && accessKeySecret === undefined) continue;
    if (accessKeyId === undefined || accessKeySecret === undefined) {
      const missing = accessKeyId === undefined ? ID : SECRET;
      throw new CredentialsError(
        `Cannot use profile "${name}" of "${path}": "${missing}" is missing; run "aws configure --profile ${name}"`,
      );
    }
    return {
      accessKeyId,
      accessKeySecret: new Secret(accessKeySecret),
      ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
      source: `profile "${name}" of ${path}`,
    };
  }
  return { notConfigured: `profile "${name}" holds no keys` };
}
