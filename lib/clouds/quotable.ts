/**
 * Words of others in our errors: what STS, an SDK or a process says.
 *
 * @module
 */

/** Longest quote, in UTF-16 code units; denials of AWS name two ARNs and a policy. */
const MAX_QUOTE = 500;

/** One line that cannot move the cursor or hide what follows it. Trust: whoever answered chose the text. */
export function quotable(text: string): string {
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return shown.length > MAX_QUOTE ? `${shown.slice(0, MAX_QUOTE)}…` : shown;
}
