/**
 * From a token to what its base64 holds, and back. Lenient on the way in, because mutants of mutants are made.
 *
 * @module
 */

import type { Anatomy } from "./anatomy.ts";

/** What a token holds with each byte as one character, or `undefined` where its base64 is broken. */
export function decodeContent(token: string, { prefix }: Anatomy): string | undefined {
  try {
    return atob(token.slice(prefix.length).replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}

/** The token of a content, with each byte as one character. */
export function encodeContent(content: string, { prefix, base64 }: Anatomy): string {
  const padded = btoa(content);
  return prefix + (base64 === "base64" ? padded : padded.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
}
