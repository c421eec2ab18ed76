/**
 * Keys that can sign a token: what the cloud, or our own server, would refuse as malformed is never signed with. Every
 * source's keys pass here. On the start-up path of `token`.
 *
 * @module
 */

import { importLater } from "../import_later.ts";
import { Secret } from "../secret.ts";
import { type Credentials, type KeyForm, keyIdPattern, SECRET_TEXT } from "./signer.ts";

/**
 * The keys without the white space around them, which variables and files collect.
 *
 * @throws {CredentialsError} if a value is empty or has characters or a length that none has, or temporary keys are
 *   without a security token
 */
export async function usableKeys(credentials: Credentials, form: KeyForm): Promise<Credentials> {
  const { securityToken: token, ...others } = credentials;
  const securityToken = token === undefined ? undefined : trimmed(token);
  const keys: Credentials = {
    ...others,
    accessKeyId: credentials.accessKeyId.trim(),
    accessKeySecret: trimmed(credentials.accessKeySecret),
    ...(securityToken === undefined ? {} : { securityToken }),
  };
  const isUsable = new RegExp(`^${keyIdPattern(form)}$`).test(keys.accessKeyId) &&
    SECRET_TEXT.test(keys.accessKeySecret.reveal()) &&
    (securityToken === undefined
      ? !keys.accessKeyId.startsWith(form.temporaryPrefix)
      : SECRET_TEXT.test(securityToken.reveal()));
  if (isUsable) return keys;
  const { keyFault } = await importLater<typeof import("./key_fault.ts")>("./key_fault.ts", import.meta.url);
  throw keyFault(keys, form);
}

function trimmed(secret: Secret): Secret {
  return new Secret(secret.reveal().trim());
}
