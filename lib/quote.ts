/**
 * Untrusted text in what a person reads: on one line, cut where it is long, and unable to move the cursor, hide what
 * follows it, or change the direction of what stands around it.
 *
 * @module
 */

/** Longest value that a message repeats, in UTF-16 code units: ARNs and names are shorter. */
const MAX_VALUE = 128;

/** Longest sentence that is repeated, in UTF-16 code units: denials of AWS name two ARNs and a policy. */
const MAX_SENTENCE = 500;

/**
 * What a terminal obeys, shows as something else, or does not show at all. Made where it is used: sets of characters
 * this large take half a millisecond of each start of `token`, which seldom quotes anything.
 */
const unprintable = () => /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Nearly every text, so that nearly none is looked through for more. */
const ONLY_ASCII = /^[\n\t\x20-\x7e]*$/;

/** A value in quotes. Trust: anybody may have chosen it. */
export function quoted(text: string): string {
  return JSON.stringify(cut(text, MAX_VALUE)).replace(unprintable(), escape);
}

/** One line of a text, with tabs kept and every other character escaped that a terminal might obey. */
export function printable(line: string): string {
  if (/^[\t\x20-\x7e]*$/.test(line)) return line;
  return line.replace(unprintable(), (character) => character === "\t" ? character : escape(character));
}

/** Several lines, each as {@linkcode printable} has it. */
export function printableLines(text: string): string {
  return ONLY_ASCII.test(text) ? text : text.split("\n").map(printable).join("\n");
}

/** Whether {@linkcode printableLines} would leave a text as it is. */
export function isPrintable(text: string): boolean {
  return ONLY_ASCII.test(text) || printableLines(text) === text;
}

/** A value as JSON in lines, which holds it whole: what a terminal might obey is written with JSON's own escapes. */
export function jsonLines(value: unknown): string {
  return printableJson(`${JSON.stringify(value, null, 2)}\n`);
}

/** The same for a text that is JSON already. */
export function printableJson(json: string): string {
  if (ONLY_ASCII.test(json)) return json;
  const units = (text: string) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const escaped = (text: string) => units(text).map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  return json.replace(unprintable(), (character) => character === "\n" ? character : escaped(character));
}

/** YAML in which every text that is not printable stands in double quotes, where YAML's own escapes hold. */
export function printableYaml(yaml: string): string {
  if (ONLY_ASCII.test(yaml)) return yaml;
  const escaped = (character: string) => `\\U${character.codePointAt(0)!.toString(16).padStart(8, "0")}`;
  return yaml.replace(unprintable(), (character) => /[\n\t]/.test(character) ? character : escaped(character));
}

/** What another program or a service says, without quotes. Trust: whoever answered chose the text. */
export function sentence(text: string): string {
  return cut(text.replace(unprintable(), " ").replace(/ {2,}/g, " ").trim(), MAX_SENTENCE);
}

/** A text as one word of a command line, for a person who copies it into a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
