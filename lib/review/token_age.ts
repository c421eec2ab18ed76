/**
 * `server.maxTokenAge`: a shorter life than STS gives to tokens.
 *
 * @module
 */

import { SIGNATURE_LIFETIME_MS, TokenError } from "../clouds/cloud.ts";

/**
 * When a token ends here.
 *
 * @param endsAtMs when STS stops taking it, in milliseconds since 1970. Trust: the caller's choice
 */
export function endOf(endsAtMs: number, maxTokenAgeMs: number): number {
  return endsAtMs - SIGNATURE_LIFETIME_MS + maxTokenAgeMs;
}

/** @throws {TokenError} if the token is older than is accepted here */
export function assertAge({ endsAtMs }: { readonly endsAtMs: number }, maxTokenAgeMs: number, now: Date): void {
  if (now.getTime() <= endOf(endsAtMs, maxTokenAgeMs)) return;
  throw new TokenError(
    "expired",
    `Cannot accept the token: it is older than server.maxTokenAge allows, ${maxTokenAgeMs / 1_000} s; get a new one`,
  );
}
