/**
 * Letter case as ARNs know it: A to Z and nothing else.
 *
 * @module
 */

const CAPITAL_A = 65;
const CAPITAL_Z = 90;
const TO_SMALL = 32;

/**
 * Text with A to Z made small.
 *
 * Unlike `toLowerCase()`, no other letter changes: the Kelvin sign (U+212A) must not become a "k", nor "İ" an "i", or
 * two different names would compare as equal.
 */
export function foldAsciiCase(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** One UTF-16 unit with A to Z made small. */
export function foldAsciiUnit(unit: number): number {
  return unit >= CAPITAL_A && unit <= CAPITAL_Z ? unit + TO_SMALL : unit;
}
