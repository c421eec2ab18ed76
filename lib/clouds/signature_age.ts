/**
 * How old a signed request may be. One rule for all clouds.
 *
 * @module
 */

import { MAX_CLOCK_SKEW_MS, SIGNATURE_LIFETIME_MS, TokenError } from "./cloud.ts";

/**
 * Judges the date of a signature against our clock.
 *
 * @returns when STS stops taking it, in milliseconds since 1970
 * @throws {TokenError} `expired` after 15 minutes, `not_yet_valid` where it is more than 5 minutes ahead
 */
export function judgeSignatureAge(signedAt: Date, now: Date): number {
  const ageMs = now.getTime() - signedAt.getTime();
  if (ageMs > SIGNATURE_LIFETIME_MS) {
    throw new TokenError(
      "expired",
      `Cannot accept the token: its date "${shown(signedAt)}" is more than 15 minutes ago`,
    );
  }
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    throw new TokenError(
      "not_yet_valid",
      `Cannot accept the token: its date "${shown(signedAt)}" is more than 5 minutes ahead; ` +
        "check the clocks of both machines",
    );
  }
  return signedAt.getTime() + SIGNATURE_LIFETIME_MS;
}

/** Signatures are dated in whole seconds. */
function shown(signedAt: Date): string {
  return signedAt.toISOString().replace(".000Z", "Z");
}
