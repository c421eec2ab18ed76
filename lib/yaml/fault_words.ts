/**
 * What is wrong with a text, by the codes of the `yaml` package, in the words of the file: an operator never reads the
 * package's own, which are about its inside.
 *
 * @module
 */

import type { YAMLError } from "yaml";
import { characterName } from "../character_name.ts";
import { quoted } from "../quote.ts";
import { MAX_DEPTH } from "./node.ts";

/** Every code that the package has. */
export type FaultCode = YAMLError["code"];

/** What is said of a code: words, or several by what the package says, or words about the character at its place. */
type Words = string | readonly (readonly [says: RegExp, words: string])[] | ((character: string) => string);

/** Said of what has no words of its own. */
const GENERAL = "This is not YAML from here on; compare the line with its neighbors, and put values in quotes";

const NOT_INDENTED = "This line is not indented like its neighbors; align it";

const NOT_CLOSED = "A bracket or brace is not closed before this, or what it holds is not indented further";

/** The nesting is deeper than is read. */
export const TOO_DEEP = `It is nested deeper than ${MAX_DEPTH} levels`;

/** A key comes twice. */
export const TWICE = "This key comes twice in its map; keep one of them";

/** A key that is a list, a map or nothing. */
export const ODD_KEY = "A key must be plain text";

/** What each code means to whoever wrote the text. */
export const FAULT_WORDS: Readonly<Record<FaultCode, Words>> = {
  ALIAS_PROPS: 'An alias, which begins with "*", takes neither an anchor nor a tag; put the value in quotes',
  BAD_ALIAS: 'A value that begins with "*" or "&" is an alias or an anchor; put it in quotes',
  BAD_COLLECTION_TYPE: 'The tag before this value, which begins with "!", does not fit it; remove the tag',
  BAD_DIRECTIVE: 'A line that begins with "%" tells YAML what is not known here; remove it',
  BAD_DQ_ESCAPE: "In double quotes a backslash begins an escape, and this is none; use single quotes",
  BAD_INDENT: [[/flow|bracket|end with/i, NOT_CLOSED], [/./, NOT_INDENTED]],
  BAD_PROP_ORDER: "An anchor or a tag stands before the dash or colon that it belongs behind; put the value in quotes",
  BAD_SCALAR_START: (character) => `A text cannot begin with ${quoted(character)}; put it in quotes`,
  BLOCK_AS_IMPLICIT_KEY: [
    [/compact/i, "A key and a colon stand within a value; put the value in quotes, or the key on a line of its own"],
    [/./, NOT_INDENTED],
  ],
  BLOCK_IN_FLOW: "Within brackets or braces, a comma or a closing one is missing before this",
  DUPLICATE_KEY: TWICE,
  IMPOSSIBLE: GENERAL,
  KEY_OVER_1024_CHARS: "A key is longer than 1024 characters; put the value in quotes if it is none",
  MISSING_CHAR: [
    [/end with/i, NOT_CLOSED],
    [/closing/i, "The quote that opens here is not closed"],
    [/comment/i, 'A comment needs a space before its "#"; put the value in quotes if it is none'],
    [/sequence item/i, 'This line is neither an item with a "-", nor indented like the keys of the item before it'],
    [/map values/i, 'This line has no colon with a space behind it; write it as "key: value"'],
    [/, /, "A comma is missing before this"],
    [/./, "A space, a comma, a quote or a line break is missing here"],
  ],
  MULTILINE_IMPLICIT_KEY: 'This is neither "key: value" on one line, nor indented as a part of what is above it',
  MULTIPLE_ANCHORS: 'A value has two anchors, which begin with "&"; put it in quotes',
  MULTIPLE_DOCS: 'A second document begins here, and only one is read; remove the line "---" or the rest',
  MULTIPLE_TAGS: 'A value has two tags, which begin with "!"; put it in quotes',
  NON_STRING_KEY: ODD_KEY,
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: `A ${characterName("\t")} stands where only spaces may; write spaces`,
  TAG_RESOLVE_FAILED: 'A value that begins with "!" has a tag, which is not read here; put it in quotes',
  UNEXPECTED_TOKEN: "This belongs to nothing before it; check the indentation, and the quotes of the value before it",
};

/** What is wrong, in words of ours alone: those of the package only tell which. */
export function faultWords(code: string, said: string, character: string): string {
  const words: Words = Object.hasOwn(FAULT_WORDS, code) ? FAULT_WORDS[code as FaultCode] : GENERAL;
  if (typeof words === "string") return words;
  if (typeof words === "function") return words(character);
  return words.find(([says]) => says.test(said))?.[1] ?? GENERAL;
}
