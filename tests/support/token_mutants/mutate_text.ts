/**
 * Changes of a text, character by character and by what a forger would try first. Knows neither clouds nor tokens.
 *
 * @module
 */

import { below, pick, type Random } from "../seeded_random.ts";

/** What to put into a text; each character is below 256, because texts are handled byte by byte. */
export interface TextTables {
  /** What may be put in anywhere. */
  readonly insertions: readonly string[];
  /** What to look for, and what to write in its place. */
  readonly replacements: readonly (readonly [from: string, to: string])[];
}

type TextChange = (text: string, at: number, other: string, tables: TextTables, random: Random) => string;

const CHANGES: readonly TextChange[] = [
  (text, at, _other, _tables, random) =>
    replaceAt(text, at, String.fromCharCode(text.charCodeAt(at) ^ (1 << below(8, random)))),
  (text, at) => replaceAt(text, at, otherCase(text[at]!)),
  (text, at, _other, _tables, random) => text.slice(0, at) + text.slice(at + 1 + below(16, random)),
  (text, at, _other, _tables, random) => {
    const end = at + 1 + below(64, random);
    return text.slice(0, end) + text.slice(at);
  },
  (text, at, other, _tables, random) =>
    text.slice(0, at) + other.slice(random() < 0.5 ? at : below(other.length, random)),
  (text, at, _other, { insertions }, random) => text.slice(0, at) + pick(insertions, random) + text.slice(at),
  (text, at, _other, _tables, random) => {
    const to = below(text.length, random);
    return replaceAt(replaceAt(text, at, text[to]!), to, text[at]!);
  },
  (text, at, _other, { replacements }, random) => {
    const [from, to] = pick(replacements, random);
    const found = text.indexOf(from, at);
    return found === -1 ? text.replace(from, () => to) : text.slice(0, found) + to + text.slice(found + from.length);
  },
];

/** Changes a text in one way; part of `other` may be spliced in. */
export function mutateText(text: string, other: string, tables: TextTables, random: Random): string {
  return text === "" ? text : pick(CHANGES, random)(text, below(text.length, random), other, tables, random);
}

/** The text with another character in one place. */
export function replaceAt(text: string, at: number, character: string): string {
  return text.slice(0, at) + character + text.slice(at + 1);
}

/** The text with the letters of ASCII in upper case: other letters would become characters above 255. */
export function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** A letter in its other case. */
function otherCase(character: string): string {
  const lower = character.toLowerCase();
  return character === lower ? upperCase(character) : lower;
}
