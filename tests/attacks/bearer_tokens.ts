/**
 * Bearer tokens of others, which reach us because the webhook is asked last.
 *
 * @module
 */

/** A JSON web token, made up. */
export const JWT = `${btoa('{"alg":"RS256","kid":"made-up"}')}.${btoa('{"iss":"https://issuer.example"}')}.bWFkZVVw`;

/** What each is, and how it is made. */
export const OTHER_BEARER_TOKENS: readonly (readonly [what: string, make: () => string])[] = [
  ["a JWT", () => JWT],
  ["a service account's token", () => `${btoa('{"alg":"RS256"}')}.${btoa('{"sub":"system:serviceaccount:a:b"}')}.bWFk`],
  ["an old service account's opaque token", () => "madeup.0123456789abcdef"],
  ["random bytes", () => String.fromCharCode(...crypto.getRandomValues(new Uint8Array(512)))],
  ["a lone surrogate", () => "\ud800madeUpToken"],
  ["zero bytes", () => "\0".repeat(64)],
];
