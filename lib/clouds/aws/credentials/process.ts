/**
 * Keys that a profile's `credential_process` prints.
 *
 * Source: "Process credential provider" of the AWS SDKs and Tools reference guide.
 *
 * @module
 */

import { Secret } from "../../../secret.ts";
import { runCredentialProcess, splitCommand } from "../../credential_process.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import { readJsonObject } from "../../key_json.ts";

/** The one version of the form that the process prints. */
const VERSION = 1;

/**
 * Runs the process and reads what it prints, of which no error repeats anything.
 *
 * @throws {CredentialsError} if it fails, or prints something else than keys
 */
export async function askProcess(command: string, profileName: string): Promise<Credentials> {
  const source = `the process of profile "${profileName}"`;
  const attempt = `Cannot use ${source}`;
  const printed = await runCredentialProcess({ words: splitCommand(command, attempt), attempt });
  const fail = (why: string) => new CredentialsError(`${attempt}: ${why}; run the command to see what it prints`);
  const answer = readJsonObject(printed);
  if (answer === undefined) throw fail("it printed no JSON object");
  if (answer["Version"] !== VERSION) throw fail(`its answer is not of "Version" ${VERSION}`);
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token, Expiration: expiration } = answer;
  if (typeof id !== "string" || typeof secret !== "string") {
    throw fail(`its answer has no "${typeof id === "string" ? "SecretAccessKey" : "AccessKeyId"}"`);
  }
  const expiresAt = typeof expiration === "string" ? new Date(expiration) : undefined;
  if (expiresAt !== undefined && Number.isNaN(expiresAt.getTime())) throw fail('its "Expiration" is no time');
  return {
    accessKeyId: id,
    accessKeySecret: new Secret(secret),
    ...(typeof token === "string" && token !== "" ? { securityToken: new Secret(token) } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    source,
    names: { accessKeyId: "AccessKeyId", accessKeySecret: "SecretAccessKey", securityToken: "SessionToken" },
  };
}
