/**
 * What the texts of all clouds' tokens have in common: a cap, a prefix that names the cloud, and how a text is refused.
 *
 * @module
 */

import { MAX_TOKEN_BYTES, TokenError } from "./cloud.ts";

/**
 * What stands behind the prefix of a token. Trust: a stranger chose it.
 *
 * @throws {TokenError} `too_large`, or `malformed` without the prefix
 */
export function payloadOf(token: string, prefix: string): string {
  if (token.length > MAX_TOKEN_BYTES) {
    throw new TokenError(
      "too_large",
      `Cannot read the token: it has ${token.length} bytes, and may have ${MAX_TOKEN_BYTES}; check what you copied`,
    );
  }
  if (!token.startsWith(prefix)) throw malformed(`it does not start with "${prefix}"`);
  return token.slice(prefix.length);
}

/** The refusal of a token that no client writes; `why` names the part that is wrong, never the token's bytes. */
export function malformed(why: string, cause?: unknown): TokenError {
  return new TokenError("malformed", `Cannot read the token: ${why}`, { cause });
}
