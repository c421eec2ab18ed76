/**
 * YAML as programs and most people write it, JSON included: lists and maps, values on one line, comments. Read in a tenth
 * of the time and memory that the `yaml` package takes, into the very tree that comes of the package's document (ADR 29).
 *
 * Whatever else YAML has, and whatever is wrong, ends the reading: the package then has the word. So this reader decides
 * nothing that the package would not; a test compares the two.
 *
 * @module
 */

import type { Steps } from "../steps.ts";
import { MAX_NODES, type Position, type YamlEntry, YamlError, type YamlNode } from "./node.ts";

const UNUSUAL =
  "This is not YAML, or YAML of a form that is read only in texts of up to 2 MiB; write lists and maps with values on " +
  "one line, without anchors, aliases, tags and blocks of text, or JSON";

/**
 * Longest text that may use all of YAML, in UTF-16 code units: a ConfigMap, which has at most 1 MiB, as a manifest. The
 * package takes some 500 bytes for each.
 */
export const MAX_UNUSUAL_CHARS = 2_097_152;

/** Deepest nesting that is usual. */
const MAX_USUAL_DEPTH = 12;

/** Longest key. The package allows 1,024 characters up to the colon. */
const MAX_KEY = 500;

/** Most keys of one map. Each is compared with all before it. */
const MAX_KEYS = 64;

/** How many values are read in one step. */
const NODES_PER_STEP = 64;

/** Words that are no text without quotes. */
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...["null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/** Length of the longest of them. */
const MAX_WORD = 5;

const INTEGER = /^\+?[0-9]+$/;

/** Other numbers, and some texts that only look like them. */
const LIKE_A_NUMBER = /^(?:\+?(?:\.?[0-9][0-9.e+-]*|\.(?:inf|nan))|0[ox][0-9a-f]+)$/i;

const END_OF_TEXT = -1;
const [NEWLINE, SPACE, DASH, COLON, COMMA, HASH] = codesOf("\n -:,#") as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const [DOUBLE, SINGLE, BACKSLASH] = codesOf(`"'\\`) as [number, number, number];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = codesOf("[]{}") as [number, number, number, number];
const [UNDERSCORE, DOT] = codesOf("_.") as [number, number];
const TAB = 0x09;
const BYTE_ORDER_MARK = 0xfeff;

/** What may begin a text without quotes: nothing that means something to YAML there. */
const MAY_START = new Set(codesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.+$("));

/** The text is not written in the usual way, from here on at the latest. Says nothing of whether it is YAML. */
export class UnusualYaml extends Error {
  readonly at: Position;

  constructor(at: Position) {
    super("not usual YAML");
    this.at = at;
  }
}

/**
 * Reads a document in steps.
 *
 * @throws {UnusualYaml} if it has anything that this does not read, or more than a million values
 */
export function* readingUsualYaml(text: string): Steps<YamlNode> {
  return yield* new Reader(text).document();
}

/**
 * Whether all of YAML may be used, once a text is found to be unusual.
 *
 * @throws {YamlError} if it is too long for that
 * @throws whatever else was thrown
 */
export function assertUnusual(thrown: unknown, text: string): asserts thrown is UnusualYaml {
  if (!(thrown instanceof UnusualYaml)) throw thrown;
  if (text.length > MAX_UNUSUAL_CHARS) throw new YamlError([{ ...thrown.at, message: UNUSUAL }]);
}

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  *document(): Steps<YamlNode> {
    if (this.#nextLine() !== 0) this.#giveUp();
    if (this.#isFlow()) {
      const root = yield* this.#flow(1, true);
      this.#endLine();
      if (this.#nextLine() !== undefined) this.#giveUp();
      return root;
    }
    const root = yield* (this.#isDash() ? this.#blockList(0, 1) : this.#blockMap(0, 1));
    if (this.#at < this.#text.length) this.#giveUp();
    return root;
  }

  /** Reads the keys from here on that are indented so. The first may stand behind a dash. */
  *#blockMap(indent: number, depth: number): Steps<YamlNode> {
    const at = this.#node(depth);
    const entries: YamlEntry[] = [];
    for (;;) {
      if (this.#nodes % NODES_PER_STEP === 0) yield;
      const { line, column } = this.#position();
      const key = this.#key(false) ?? this.#giveUp();
      this.#assertNew(key, entries);
      this.#skipSpaces();
      const value = this.#isEndOfLine() ? yield* this.#valueBelow(indent, depth) : yield* this.#valueOnLine(depth);
      entries.push({ key, value, line, column });
      const next = this.#nextLine();
      if (next === undefined || next < indent) return { kind: "map", entries, ...at };
      if (next > indent) this.#giveUp();
      this.#at += indent;
    }
  }

  *#valueBelow(indent: number, depth: number): Steps<YamlNode> {
    this.#endLine();
    const next = this.#nextLine();
    if (next === undefined || next < indent) return this.#giveUp();
    this.#at += next;
    if (this.#isDash()) return yield* this.#blockList(next, depth + 1);
    if (next === indent) this.#giveUp();
    return yield* this.#blockMap(next, depth + 1);
  }

  /** Reads the items from here on that are indented so. */
  *#blockList(indent: number, depth: number): Steps<YamlNode> {
    const at = this.#node(depth);
    const items: YamlNode[] = [];
    for (;;) {
      if (this.#nodes % NODES_PER_STEP === 0) yield;
      this.#at += 1;
      this.#skipSpaces();
      items.push(
        this.#startsKey()
          ? yield* this.#blockMap(this.#at - this.#lineStart, depth + 1)
          : yield* this.#valueOnLine(depth),
      );
      const next = this.#nextLine();
      if (next === undefined || next < indent) return { kind: "list", items, ...at };
      if (next > indent) this.#giveUp();
      if (this.#code(indent) !== DASH) return { kind: "list", items, ...at };
      this.#at += indent;
      if (!this.#isDash()) this.#giveUp();
    }
  }

  *#valueOnLine(depth: number): Steps<YamlNode> {
    const value = this.#isFlow() ? yield* this.#flow(depth + 1, false) : this.#scalar(depth + 1, false);
    this.#endLine();
    return value;
  }

  /** Reads a list in brackets or a map in braces. */
  *#flow(depth: number, mayBreak: boolean): Steps<YamlNode> {
    const at = this.#node(depth);
    const isList = this.#code() === OPEN_LIST;
    const close = isList ? CLOSE_LIST : CLOSE_MAP;
    const items: YamlNode[] = [];
    const entries: YamlEntry[] = [];
    this.#at += 1;
    this.#skipWithin(mayBreak);
    while (this.#code() !== close || items.length + entries.length > 0) {
      if (this.#nodes % NODES_PER_STEP === 0) yield;
      const { line, column } = this.#position();
      const key = isList ? "" : this.#key(true) ?? this.#giveUp();
      if (!isList) this.#skipWithin(mayBreak);
      const value = this.#isFlow() ? yield* this.#flow(depth + 1, mayBreak) : this.#scalar(depth + 1, true);
      if (isList) items.push(value);
      else {
        this.#assertNew(key, entries);
        entries.push({ key, value, line, column });
      }
      this.#skipWithin(mayBreak);
      if (this.#code() === close) break;
      if (this.#code() !== COMMA) this.#giveUp();
      this.#at += 1;
      this.#skipWithin(mayBreak);
    }
    this.#at += 1;
    return isList ? { kind: "list", items, ...at } : { kind: "map", entries, ...at };
  }

  #scalar(depth: number, isInFlow: boolean): YamlNode {
    const { line, column } = this.#node(depth);
    const quoted = this.#quoted();
    if (quoted !== undefined) return { kind: "scalar", value: quoted, text: quoted, line, column };
    const text = this.#plain(isInFlow);
    return { kind: "scalar", value: this.#valueOf(text), text, line, column };
  }

  #valueOf(text: string): string | number | boolean | null {
    const word = text.length <= MAX_WORD ? WORDS.get(text) : undefined;
    if (word !== undefined) return word;
    if (!LIKE_A_NUMBER.test(text)) return text;
    return INTEGER.test(text) ? parseInt(text, 10) : this.#giveUp();
  }

  /** Text in quotes, where there are quotes. */
  #quoted(): string | undefined {
    const quote = this.#code();
    if (quote !== DOUBLE && quote !== SINGLE) return undefined;
    const start = this.#at + 1;
    let isEscaped = false;
    for (this.#at = start;; this.#at += 1) {
      const code = this.#code();
      if (code === quote) {
        if (quote === DOUBLE || this.#code(1) !== SINGLE) break;
        isEscaped = true;
        this.#at += 1;
      } else if (quote === DOUBLE && code === BACKSLASH) {
        isEscaped = true;
        this.#at += 1;
      } else if (code !== SPACE && !isShown(code)) this.#giveUp();
    }
    const text = this.#text.slice(start, this.#at);
    this.#at += 1;
    if (!isEscaped) return text;
    return quote === DOUBLE ? this.#unescaped(text) : text.replaceAll("''", "'");
  }

  /** JSON's escapes mean the same in YAML, which has others beside them. */
  #unescaped(text: string): string {
    try {
      return JSON.parse(`"${text}"`);
    } catch {
      return this.#giveUp();
    }
  }

  /** Text without quotes, up to a comment or the end of its line; within brackets, up to what parts the values. */
  #plain(isInFlow: boolean): string {
    if (!MAY_START.has(this.#code())) this.#giveUp();
    const start = this.#at;
    let end = start;
    for (;; this.#at += 1) {
      const code = this.#code();
      if (code === SPACE) continue;
      if (code === HASH && this.#at > end) break;
      if (isInFlow && (code === COMMA || code === HASH || isBracket(code))) break;
      if (code === COLON && !isShown(this.#code(1))) break;
      if (isInFlow && code === COLON && (this.#code(1) === COMMA || isBracket(this.#code(1)))) break;
      if (!isShown(code)) break;
      end = this.#at + 1;
    }
    this.#at = end;
    return this.#text.slice(start, end);
  }

  /** Whether a key of a map begins here. */
  #startsKey(): boolean {
    const start = this.#at;
    const found = this.#key(false) !== undefined;
    this.#at = start;
    return found;
  }

  /** A key with its colon; `undefined` where there is none. */
  #key(isInFlow: boolean): string | undefined {
    const start = this.#at;
    const first = this.#code();
    const isQuoted = first === DOUBLE || first === SINGLE;
    let key: string;
    if (isQuoted) key = this.#quoted()!;
    else {
      while (isWord(this.#code())) this.#at += 1;
      key = this.#text.slice(start, this.#at);
    }
    if (key === "" || this.#at - start > MAX_KEY || this.#code() !== COLON) return undefined;
    if (!isQuoted && (!isLetter(first) || WORDS.has(key))) return undefined;
    this.#at += 1;
    const next = this.#code();
    return next === SPACE || next === NEWLINE || (next === END_OF_TEXT && !isInFlow) || (isInFlow && isQuoted)
      ? key
      : undefined;
  }

  #assertNew(key: string, entries: readonly YamlEntry[]): void {
    // A map that is so large is not usual. Each key is compared with each.
    if (entries.length > MAX_KEYS || entries.some((entry) => entry.key === key)) this.#giveUp();
  }

  /** Takes note of one more value, which begins here. */
  #node(depth: number): Position {
    this.#nodes += 1;
    if (depth > MAX_USUAL_DEPTH || this.#nodes > MAX_NODES) this.#giveUp();
    return this.#position();
  }

  #isFlow(): boolean {
    const code = this.#code();
    return code === OPEN_LIST || code === OPEN_MAP;
  }

  #isDash(): boolean {
    return this.#code() === DASH && this.#code(1) === SPACE;
  }

  #isEndOfLine(): boolean {
    const code = this.#code();
    return code === END_OF_TEXT || code === NEWLINE || code === HASH;
  }

  /** Goes behind the line, on which nothing but a comment may follow. */
  #endLine(): void {
    const isBehindSpace = this.#skipSpaces() || this.#text.charCodeAt(this.#at - 1) === SPACE;
    if (isBehindSpace) this.#skipComment();
    const code = this.#code();
    if (code !== NEWLINE && code !== END_OF_TEXT) this.#giveUp();
    if (code === NEWLINE) this.#newLine();
  }

  #newLine(): void {
    this.#at += 1;
    this.#line += 1;
    this.#lineStart = this.#at;
  }

  /** Goes to the start of the next line with a value. @returns its indentation; `undefined` at the end */
  #nextLine(): number | undefined {
    for (;;) {
      this.#skipSpaces();
      this.#skipComment();
      const code = this.#code();
      if (code === END_OF_TEXT) return undefined;
      if (code !== NEWLINE) break;
      this.#newLine();
    }
    const indent = this.#at - this.#lineStart;
    this.#at = this.#lineStart;
    return indent;
  }

  #skipComment(): void {
    if (this.#code() !== HASH) return;
    while (this.#code() === SPACE || isShown(this.#code())) this.#at += 1;
  }

  /** @returns whether there was a space */
  #skipSpaces(): boolean {
    const start = this.#at;
    while (this.#code() === SPACE) this.#at += 1;
    return this.#at > start;
  }

  /** Skips white space within brackets; where they may stand on several lines, tabs too. */
  #skipWithin(mayBreak: boolean): void {
    for (;;) {
      const code = this.#code();
      if (code === SPACE || (mayBreak && code === TAB)) this.#at += 1;
      else if (mayBreak && code === NEWLINE) this.#newLine();
      else return;
    }
  }

  /** The UTF-16 unit so far behind the current one. */
  #code(behind = 0): number {
    const at = this.#at + behind;
    return at < this.#text.length ? this.#text.charCodeAt(at) : END_OF_TEXT;
  }

  #position(): Position {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #giveUp(): never {
    throw new UnusualYaml(this.#position());
  }
}

function codesOf(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether a unit is neither white space nor a control character, in ASCII; all others are text to YAML. */
function isShown(code: number): boolean {
  return code > SPACE && code !== 0x7f && (code < 0x7f || code > 0xa0) && code !== BYTE_ORDER_MARK;
}

function isBracket(code: number): boolean {
  return code === OPEN_LIST || code === CLOSE_LIST || code === OPEN_MAP || code === CLOSE_MAP;
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === UNDERSCORE;
}

/** Whether a unit may be in a key without quotes. */
function isWord(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === DASH || code === DOT;
}
