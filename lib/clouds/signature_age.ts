/**
 * How old a signed request may be, and what the clocks say about it. One rule for all clouds.
 *
 * @module
 */

import { MAX_CLOCK_SKEW_MS, SIGNATURE_LIFETIME_MS, TokenError } from "./cloud.ts";

/** By how much the clocks of STS and this machine may differ before that is worth a word: a call takes 3 s. */
const NOTABLE_DIFFERENCE_MS = 30_000;

/** The form of the header `Date` (RFC 9110, section 5.6.7), of which nothing else is repeated. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

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
      `Cannot accept the token: ${ageText(signedAt, now)}, and a token lives for 15 minutes; get a new one, or check ` +
        "the clocks of both machines",
    );
  }
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    throw new TokenError(
      "not_yet_valid",
      `Cannot accept the token: ${
        ageText(signedAt, now)
      }, and may be 5 minutes ahead; check the clocks of both machines`,
    );
  }
  return signedAt.getTime() + SIGNATURE_LIFETIME_MS;
}

/**
 * What the clocks say about a signature that STS refused: its signer's, ours, and that of STS.
 *
 * @param stsDate the header `Date` of STS's answer. Trust: STS, or whoever sits in its place, chose it
 */
export function clocksText(signedAt: Date, now: Date, stsDate: string | undefined): string {
  const ours = ageText(signedAt, now);
  const sts = new Date(stsDate !== undefined && HTTP_DATE.test(stsDate) ? stsDate : NaN);
  if (Number.isNaN(sts.getTime())) return ours;
  const behindMs = sts.getTime() - now.getTime();
  const isNotable = Math.abs(behindMs) > NOTABLE_DIFFERENCE_MS;
  return `${ours}, which is ${differenceText(behindMs)} the clock of STS, "${timeText(sts)}"` +
    (isNotable ? "; set the clock of this machine" : "");
}

function ageText(signedAt: Date, now: Date): string {
  const difference = differenceText(now.getTime() - signedAt.getTime());
  return `its date "${timeText(signedAt)}" is ${difference} this machine's clock, "${timeText(now)}"`;
}

/** How far something is behind something else, in two units at most. */
function differenceText(behindMs: number): string {
  let rest = Math.round(Math.abs(behindMs) / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0 ? "the same as" : `${parts.slice(0, 2).join(" ")} ${behindMs < 0 ? "ahead of" : "behind"}`;
}

const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const;

/** In whole seconds, as signatures are dated. */
function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
