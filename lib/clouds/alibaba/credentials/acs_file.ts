/**
 * Alibaba Cloud credentials in `~/.acs/credentials`, where ack-ram-authenticator looks for them.
 *
 * Source: github.com/AliyunContainerService/ack-ram-authenticator, `pkg/token/token.go`.
 *
 * @module
 */

import { readTextFileIfThere } from "../../../files.ts";
import { homeFolder, homeVariable } from "../../../home.ts";
import { Secret } from "../../../secret.ts";
import { type Credentials, CredentialsError, type CredentialSource } from "../../signer.ts";
import { readMembers } from "./json_file.ts";
import { skippedFor } from "./variables.ts";

/** Largest file: keys and a security token have 3 KB. */
const MAX_FILE_BYTES = 65_536;

/** `AcsAccessKeyId`, `AcsAccessKeySecret` and `AcsAccessSecurityToken` of a JSON object. */
export const acsFile: CredentialSource = {
  name: "~/.acs/credentials",
  async find(world, { profile }) {
    if (profile !== undefined) return skippedFor(profile);
    const home = homeFolder(world);
    if (home === undefined) return { notConfigured: `${homeVariable(world)} is not set` };
    const path = `${home}/.acs/credentials`;
    const text = await readTextFileIfThere(world, path, { what: "the credentials", maxBytes: MAX_FILE_BYTES });
    return text === undefined ? { notConfigured: `"${path}" does not exist` } : readKeys(text, path);
  },
};

function readKeys(text: string, path: string): Credentials {
  const attempt = `Cannot use "${path}"`;
  const members = readMembers(text);
  if (members === undefined) {
    throw new CredentialsError(`${attempt}: it is not a JSON object; correct it, or remove it`);
  }
  const need = (name: string): string => {
    const value = members.get(name);
    if (value !== undefined) return value;
    throw new CredentialsError(`${attempt}: "${name}" is missing; correct the file, or remove it`);
  };
  const securityToken = members.get("AcsAccessSecurityToken");
  return {
    accessKeyId: need("AcsAccessKeyId"),
    accessKeySecret: new Secret(need("AcsAccessKeySecret")),
    ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
    source: path,
    names: {
      accessKeyId: '"AcsAccessKeyId"',
      accessKeySecret: '"AcsAccessKeySecret"',
      securityToken: '"AcsAccessSecurityToken"',
    },
  };
}
