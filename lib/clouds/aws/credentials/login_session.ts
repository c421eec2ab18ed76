/**
 * Keys that `aws login` left for a profile. They live for 15 minutes, and are renewed by the AWS CLI alone: each renewal
 * needs the answer of the one before, so that whoever renews and cannot keep it ends the session.
 *
 * Source: `LoginCredentialFetcher` in `credentials.py` of botocore.
 *
 * @module
 */

import { readTextFileIfThere } from "../../../files.ts";
import { inHome } from "../../../home.ts";
import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import { readJsonObject } from "../../key_json.ts";
import { shellWord } from "../../../quote.ts";

/** Largest cached session: real ones have 4 KB. */
const MAX_SESSION_BYTES = 65_536;

/** What is left of the keys' life must be enough for a token. */
const MIN_LEFT_MS = 60_000;

/**
 * Reads the keys.
 *
 * @throws {CredentialsError} if nobody is logged in, or the keys have ended
 */
export async function readLoginSession(world: World, session: string, profileName: string): Promise<Credentials> {
  const source = `the login session of profile "${profileName}"`;
  const fail = (why: string) => new CredentialsError(`Cannot use ${source}: ${why}`);
  const login = `run "aws login --profile ${shellWord(profileName)}"`;
  const folder = inHome(world, world.env("AWS_LOGIN_CACHE_DIRECTORY") || "~/.aws/login/cache");
  const text = await readTextFileIfThere(world, `${folder}/${await sha256(session)}.json`, {
    what: "the session of aws login",
    maxBytes: MAX_SESSION_BYTES,
  });
  if (text === undefined) throw fail(`nobody is logged in; ${login}`);
  const { accessToken } = readJsonObject(text) ?? {};
  const keys = typeof accessToken === "object" && accessToken !== null ? accessToken as Record<string, unknown> : {};
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = keys;
  const end = new Date(typeof expiresAt === "string" ? expiresAt : NaN);
  const texts = [accessKeyId, secretAccessKey, sessionToken];
  if (!texts.every((text) => typeof text === "string") || Number.isNaN(end.getTime())) {
    throw fail(`the cached session cannot be read; ${login}`);
  }
  if (end.getTime() - world.now().getTime() < MIN_LEFT_MS) {
    throw fail(
      `its keys ended at ${end.toISOString()}; let the AWS CLI renew them with "aws sts get-caller-identity --profile ` +
        `${shellWord(profileName)}", or ${login}`,
    );
  }
  const [id, secret, token] = texts as [string, string, string];
  return {
    accessKeyId: id,
    accessKeySecret: new Secret(secret),
    securityToken: new Secret(token),
    expiresAt: end,
    source,
  };
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
