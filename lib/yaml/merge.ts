/**
 * Changes to a YAML file that somebody else wrote, by value: what already is so stays as it is written, maps keep their
 * other keys, and nothing else changes, not even a comment. Proves that of its own result.
 *
 * @module
 */

import { Lexer } from "yaml";
import { parseYaml, YamlError } from "./read.ts";
import { plainOf } from "./access.ts";
import { putValue, YamlEditError, type YamlPath } from "./splice.ts";
import type { YamlValue } from "./text.ts";

/** What shall be so: a value under a path. Of a map the keys that it names count, of a list all of it. */
export interface YamlChange {
  readonly path: YamlPath;
  readonly value: YamlValue;
}

/** What a YAML file holds, as JSON would have it. Trust: whoever may write the file chose it. */
export type Plain = ReturnType<typeof plainOf>;

/**
 * The text with these changes, one after the other; the same text where all is so already.
 *
 * @throws {YamlEditError} if the text does not parse, or its form lets none of these values change alone
 */
export function mergeYaml(text: string, changes: readonly YamlChange[]): string {
  const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const before = text.slice(bom.length);
  const wanted = changes.reduce((plain, { path, value }) => withValue(plain, path, value), readPlain(before));
  const after = changes.reduce(applied, before);
  const isSame = same(readPlainOrNothing(after), wanted) && holdsAll(commentsOf(after), commentsOf(before));
  if (!isSame) {
    throw new YamlEditError(
      "its form does not let these values change alone (an anchor or a comment); edit it by hand",
    );
  }
  return bom + after;
}

/**
 * What a text holds.
 *
 * @throws {YamlEditError} if it does not parse, with line and column of everything that is wrong
 */
export function readPlain(text: string): Plain {
  try {
    return plainOf(parseYaml(text.replace(/^\uFEFF/, "")));
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new YamlEditError(`it does not parse: ${cause.message}; repair it first`, { cause });
  }
}

function readPlainOrNothing(text: string): Plain {
  try {
    return readPlain(text);
  } catch (error) {
    if (error instanceof YamlEditError) return undefined;
    throw error;
  }
}

function applied(body: string, { path, value }: YamlChange): string {
  const now = valueAt(readPlain(body), path);
  if (now !== undefined && same(merged(now, value), now)) return body;
  if (isMap(value) && isMap(now) && Object.keys(now).length > 0) {
    return Object.entries(value).reduce((text, [key, value]) => applied(text, { path: [...path, key], value }), body);
  }
  if (Array.isArray(value) && Array.isArray(now) && now.length > 0 && same(value.slice(0, now.length), now)) {
    return value.slice(now.length).reduce((text, item, i) => putValue(text, [...path, now.length + i], item), body);
  }
  return putValue(body, path, value);
}

function valueAt(plain: Plain, path: YamlPath): Plain {
  return path.reduce<Plain>((value, step) => {
    if (typeof step === "number") return Array.isArray(value) ? value[step] : undefined;
    return isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, plain);
}

function withValue(plain: Plain, [step, ...rest]: YamlPath, value: YamlValue): Plain {
  if (step === undefined) return merged(plain, value);
  if (typeof step === "number") {
    const items = Array.isArray(plain) ? plain : [];
    return step < items.length
      ? items.with(step, withValue(items[step], rest, value))
      : [...items, withValue(undefined, rest, value)];
  }
  const entries = new Map<string, Plain>(isMap(plain) ? Object.entries(plain) : []);
  return Object.fromEntries(entries.set(step, withValue(entries.get(step), rest, value)));
}

function merged(now: Plain, value: YamlValue): Plain {
  if (!isMap(value) || !isMap(now)) return value;
  return Object.entries(value).reduce<Plain>((plain, [key, value]) => withValue(plain, [key], value), now);
}

function isMap(value: unknown): value is Readonly<Record<string, YamlValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: Plain, b: Plain): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Every comment in order. The package marks what follows as a text by a control character. */
function commentsOf(body: string): readonly string[] {
  const lexemes = [...new Lexer().lex(body)];
  return lexemes.filter((lexeme, i) => lexeme.startsWith("#") && lexemes[i - 1] !== "\x1f");
}

function holdsAll(found: readonly string[], wanted: readonly string[]): boolean {
  let at = 0;
  for (const comment of found) at += Number(comment === wanted[at]);
  return at === wanted.length;
}
