/**
 * What is wrong with keys, in words: which value, by the name that its source has for it, and which character.
 *
 * @module
 */

import { characterName } from "../character_name.ts";
import { type Credentials, CredentialsError, type KeyForm, type KeyNames, SECRET_TEXT } from "./signer.ts";

const USUAL_NAMES: KeyNames = {
  accessKeyId: "the access key ID",
  accessKeySecret: "the secret",
  securityToken: "the security token",
};

/**
 * The error for keys that cannot sign. Of a secret it says one character, which no secret has.
 *
 * @param credentials trust: whoever wrote the user's environment or files chose them
 */
export function keyFault(
  { accessKeyId, accessKeySecret, securityToken, source, names = USUAL_NAMES }: Credentials,
  { characters, minLength, maxLength, temporaryPrefix }: KeyForm,
): CredentialsError {
  const why = textFault(names.accessKeyId, accessKeyId, new RegExp(`^[${characters}]$`)) ??
    lengthFault(names.accessKeyId, accessKeyId, { minLength, maxLength }) ??
    textFault(names.accessKeySecret, accessKeySecret.reveal(), SECRET_TEXT) ??
    (securityToken === undefined ? undefined : textFault(names.securityToken, securityToken.reveal(), SECRET_TEXT)) ??
    `${names.accessKeyId} starts with "${temporaryPrefix}", so these are temporary keys, and ${names.securityToken} is ` +
      "missing; add it, or get new keys";
  return new CredentialsError(`Cannot use the keys of ${source}: ${why}`);
}

function textFault(name: string, text: string, allowed: RegExp): string | undefined {
  if (text === "") return `${name} is empty; set it`;
  const characters = [...text];
  const stray = characters.findIndex((character) => !allowed.test(character));
  return stray === -1
    ? undefined
    : `${name} contains ${characterName(characters[stray]!)} at position ${
      stray + 1
    }; remove it, or copy the value again`;
}

function lengthFault(
  name: string,
  { length }: string,
  { minLength, maxLength }: Pick<KeyForm, "minLength" | "maxLength">,
): string | undefined {
  return length >= minLength && length <= maxLength
    ? undefined
    : `${name} has ${length} characters instead of ${minLength} to ${maxLength}; copy the value again`;
}
