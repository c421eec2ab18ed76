/**
 * Keys of a role for whoever has a token of another identity provider, such as that of a pod on EKS.
 *
 * Source: "AssumeRoleWithWebIdentity" of the STS API reference; "Assume role credential provider" of the AWS SDKs and
 * Tools reference guide.
 *
 * @module
 */

import { readTextFile } from "../../../files.ts";
import { VERSION } from "../../../version.ts";
import type { World } from "../../../world.ts";
import { roleCall } from "../../role_session.ts";
import { askService } from "../../service_call.ts";
import { type Credentials, CredentialsError, type StsWanted } from "../../signer.ts";
import { isRoleArn, readKeys, regionOutside } from "../assume_role.ts";
import { stsService, TRUST_OPTION } from "../service.ts";
import { API_VERSION, percentEncode } from "../token.ts";

/** Largest token: STS takes 20,000 characters. */
const MAX_TOKEN_BYTES = 65_536;

/** Which role, and with whose token. Trust: whoever wrote the user's environment or files chose them. */
export interface WebIdentity {
  readonly tokenFile: string;
  readonly roleArn: string | undefined;
  readonly sessionName: string | undefined;
  /** Where that was said, in words: `profile "pod"`. */
  readonly source: string;
}

/**
 * Asks STS for the keys.
 *
 * @throws {CredentialsError} if there is no role, or the token cannot be read
 * @throws {AssumeRoleError} if STS refuses, or cannot be asked
 */
export async function assumeWithWebIdentity(
  world: World,
  { tokenFile, roleArn, sessionName, source }: WebIdentity,
  sts: StsWanted,
): Promise<Credentials> {
  const attempt = `Cannot use the web identity of ${source}`;
  if (!roleArn) {
    throw new CredentialsError(`${attempt}: no role is named; set AWS_ROLE_ARN, or "role_arn" in the profile`);
  }
  if (!isRoleArn(roleArn)) throw new CredentialsError(`${attempt}: "${roleArn}" is not a role ARN; correct it`);
  const token = await readTextFile(world, tokenFile, { what: "the web identity token", maxBytes: MAX_TOKEN_BYTES });
  const { url, host, caFile } = await stsService(world, sts, roleArn);
  const parameters = {
    Action: "AssumeRoleWithWebIdentity",
    Version: API_VERSION,
    RoleArn: roleArn,
    RoleSessionName: sessionName || `ram-auth-${world.now().getTime()}`,
    WebIdentityToken: token.trim(),
  };
  const request = {
    url,
    method: "POST",
    headers: {
      host,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      accept: "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
    body: Object.entries(parameters).map(([name, value]) => `${name}=${percentEncode(value)}`).join("&"),
  } as const;
  const call = { ...roleCall(roleArn, caFile), trustOption: TRUST_OPTION };
  const keys = readKeys(await askService(world, request, call), { action: "AssumeRoleWithWebIdentity", call });
  return { ...keys, ...regionOutside(roleArn), source: `role ${roleArn}, by the web identity of ${source}` };
}
