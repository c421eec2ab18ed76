/**
 * Looks for secrets in what a program wrote.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Pieces of this many characters are looked for, so that a leak of twice as many is always found. */
const PIECE_CHARS = 16;

/** What must not be found. */
export interface Secrets {
  /** Looked for in pieces, as they are and decoded. */
  readonly tokens: Iterable<string>;
  /** Looked for as a whole. */
  readonly secrets: Iterable<string>;
}

/** Fails if `text` holds a piece of a token, a signature or security token that one carries, or a secret. */
export function assertNoLeak(text: string, { tokens, secrets }: Secrets): void {
  for (const token of tokens) {
    for (let at = 0; at + PIECE_CHARS <= token.length; at += PIECE_CHARS) {
      assertAbsent(text, token.slice(at, at + PIECE_CHARS), "a piece of a token");
    }
    const content = decodeToken(token);
    for (const [signature] of content.matchAll(/[0-9a-f]{64}/g)) {
      if (signature !== EMPTY_BODY_SHA256) assertAbsent(text, signature.slice(0, 32), "a signature");
    }
    for (const securityToken of securityTokens(content)) assertAbsent(text, securityToken, "a security token");
  }
  for (const secret of secrets) assertAbsent(text, secret, "a secret");
}

/** The security token in a token of either cloud, as it stands there and decoded. */
function securityTokens(content: string): string[] {
  const [, inJson, inQuery] = /"x-acs-security-token":"([^"\\]{12,})"|X-Amz-Security-Token=([^&]{12,})/.exec(content) ??
    [];
  const decoded = inQuery?.replaceAll(/%([0-7][0-9A-F])/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return [inJson, inQuery, decoded].filter((found) => found !== undefined);
}

/** hex(sha256("")), which every token carries, so that it is no secret. */
const EMPTY_BODY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function decodeToken(token: string): string {
  try {
    return atob(token.slice(token.indexOf(".") + 1).replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

function assertAbsent(text: string, piece: string, what: string): void {
  const at = text.indexOf(piece);
  assert.ok(at === -1, `${what} was written: ${text.slice(Math.max(0, at - 200), at + piece.length)}`);
}
