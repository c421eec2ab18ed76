/**
 * What a Kubernetes user or group may be called at all, whoever it is for; and so what an ARN may look like, as the ARN
 * is the name of a mapped account's principals.
 *
 * @module
 */

import { characterName } from "../character_name.ts";

/**
 * Longest name, in UTF-16 units. Kubernetes sets no limit. The longest that the other tools' mappings give is the ARN
 * of a mapped account's user: 613, of which IAM allows 512 for the path and 64 for the name.
 */
export const MAX_NAME_LENGTH = 1024;

/**
 * Characters that no name may hold: controls and line separators, which forge log lines; those that are not shown
 * (format characters, fillers, variation selectors, the empty Braille pattern) or look like a space, which make one
 * name look like another; lone surrogates, which all become U+FFFD in the JSON answer.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u{2800}]|(?! )\p{Zs}/u;

/**
 * What is wrong with a name, in words that follow "its username …" and do not repeat it; `undefined` where it is good.
 * An empty username would not be stopped by the API server (webhook contract), so it is stopped here.
 */
export function nameFault(name: string): string | undefined {
  if (name.trim() === "") return "is empty";
  if (name.length > MAX_NAME_LENGTH) return `is longer than ${MAX_NAME_LENGTH} characters`;
  const unprintable = unprintableIn(name);
  if (unprintable !== undefined) {
    return `holds a character that cannot be seen, or is not the space that it looks like: the ${unprintable}`;
  }
  if (name !== name.trim()) return "starts or ends with white space";
  if (name !== name.normalize("NFC")) return "is not in Unicode's composed form (NFC)";
  return undefined;
}

/** What the first character is called that no name may hold; `undefined` where there is none. */
export function unprintableIn(text: string): string | undefined {
  const [unprintable] = UNPRINTABLE.exec(text) ?? [];
  return unprintable === undefined ? undefined : characterName(unprintable);
}
