/**
 * Text of others in what a person reads: on one line, cut where it is long, and unable to move the cursor, hide what
 * follows it, or change the direction of what stands around it.
 *
 * @module
 */

/** Longest value that a message repeats, in UTF-16 code units: ARNs and names are shorter. */
const MAX_VALUE = 128;

/** Longest sentence that is repeated, in UTF-16 code units: denials of AWS name two ARNs and a policy. */
const MAX_SENTENCE = 500;

/**
 * What a terminal obeys, shows as something else, or does not show at all. Made where it is used: sets of characters this
 * large take half a millisecond of each start of `token`, which seldom quotes anything.
 */
const unprintable = () => /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A value in quotes. Trust: anybody may have chosen it. */
export function quoted(text: string): string {
  return JSON.stringify(cut(text, MAX_VALUE)).replace(unprintable(), escape);
}

/** One line of a text, with tabs kept and every other character escaped that a terminal might obey. */
export function printable(line: string): string {
  return line.replace(unprintable(), (character) => character === "\t" ? character : escape(character));
}

/** What another program or a service says, without quotes. Trust: whoever answered chose the text. */
export function sentence(text: string): string {
  return cut(text.replace(unprintable(), " ").replace(/ {2,}/g, " ").trim(), MAX_SENTENCE);
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
