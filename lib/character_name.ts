/**
 * What a character is called that nobody can see, or that looks like another one.
 *
 * @module
 */

const NAMES: ReadonlyMap<string, string> = new Map([
  ["\t", "tab"],
  ["\n", "line feed"],
  ["\r", "carriage return"],
  [" ", "space"],
  ["\u{a0}", "no-break space"],
  ["\u{ad}", "soft hyphen"],
  ["\u{200b}", "zero-width space"],
  ["\u{202f}", "narrow no-break space"],
  ["\u{2007}", "figure space"],
  ["\u{2028}", "line separator"],
  ["\u{3000}", "ideographic space"],
  ["\u{feff}", "byte order mark"],
]);

/** Its name, or itself where it can be seen, and its code point: `no-break space (U+00A0)`, `“ (U+201C)`. */
export function characterName(character: string): string {
  const code = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? character : "character";
  return `${NAMES.get(character) ?? shown} (${code})`;
}
