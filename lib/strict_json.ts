/**
 * JSON as a closed grammar (RFC 8259) for texts that a stranger wrote: one text has one reading, or none.
 *
 * Where `JSON.parse` keeps the last of two equal keys and lets lone surrogates pass, this reader refuses.
 *
 * @module
 */

/** Deepest nesting; a token needs 2. */
const MAX_DEPTH = 8;

/** A value of a strictly read text. Objects are maps, so that no key (`__proto__`) has a meaning of its own. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** Members in the order they were written, each key once. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** The text is not JSON, or JSON with two readings. Holds the place, never the text. */
export class StrictJsonError extends Error {
  /** Index of the first character that does not fit, from 0. */
  readonly index: number;

  constructor(why: string, index: number) {
    super(`not strict JSON at character ${index}: ${why}`);
    this.index = index;
  }
}

/** What a reader may ask for. */
export interface StrictJsonOptions {
  /**
   * Whether a number may have more digits than a double holds, and is then rounded: for a reader that uses no numbers, of
   * a text that may hold members that are not known. Default: no.
   */
  readonly roundsNumbers?: boolean;
}

/**
 * Reads one JSON text. Trust: any text may be given.
 *
 * @throws {StrictJsonError} on anything RFC 8259 does not allow, on duplicate keys (however they are escaped), on lone
 * surrogates, on nesting deeper than 8, and on text after the value
 */
export function parseStrictJson(text: string, { roundsNumbers = false }: StrictJsonOptions = {}): JsonValue {
  const reader = new Reader(text, roundsNumbers ? ROUNDED_LITERAL : LITERAL);
  const value = reader.value(1);
  reader.end();
  return value;
}

const WHITE_SPACE = /[ \t\n\r]*/y;
// deno-lint-ignore no-control-regex -- RFC 8259, section 7: control characters must be escaped
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const LITERAL = /true|false|null|-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,16})?(?:[eE][+-]?[0-9]{1,3})?/y;
const ROUNDED_LITERAL = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

class Reader {
  #index = 0;
  readonly #text: string;
  readonly #literals: RegExp;

  constructor(text: string, literals: RegExp) {
    this.#text = text;
    this.#literals = literals;
  }

  value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) this.#fail("nested too deep");
    this.#take(WHITE_SPACE);
    const first = this.#text[this.#index];
    const value = first === "{"
      ? this.#object(depth)
      : first === "["
      ? this.#array(depth)
      : first === '"'
      ? this.#string()
      : this.#literal();
    this.#take(WHITE_SPACE);
    return value;
  }

  end(): void {
    if (this.#index !== this.#text.length) this.#fail("text after the value");
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#index += 1;
    this.#take(WHITE_SPACE);
    if (this.#skip("}")) return members;
    do {
      this.#take(WHITE_SPACE);
      const key = this.#string();
      if (members.has(key)) this.#fail("a key stands twice");
      this.#take(WHITE_SPACE);
      if (!this.#skip(":")) this.#fail("a colon is missing");
      members.set(key, this.value(depth + 1));
    } while (this.#skip(","));
    if (!this.#skip("}")) this.#fail("an object is not closed");
    return members;
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#index += 1;
    this.#take(WHITE_SPACE);
    if (this.#skip("]")) return items;
    do items.push(this.value(depth + 1)); while (this.#skip(","));
    if (!this.#skip("]")) this.#fail("an array is not closed");
    return items;
  }

  #string(): string {
    const quoted = this.#take(STRING);
    if (quoted === undefined) this.#fail("a string does not fit");
    const text = quoted.includes("\\") ? JSON.parse(quoted) as string : quoted.slice(1, -1);
    if (!text.isWellFormed()) this.#fail("a lone surrogate");
    return text;
  }

  #literal(): JsonValue {
    const literal = this.#take(this.#literals);
    if (literal === undefined) this.#fail("no value");
    return JSON.parse(literal) as JsonValue;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#index] !== character) return false;
    this.#index += 1;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#index = pattern.lastIndex;
    return match[0];
  }

  #fail(why: string): never {
    throw new StrictJsonError(why, this.#index);
  }
}
