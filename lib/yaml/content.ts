/**
 * What a YAML text must contain after an edit, and whether it does. Anchors, documents and whatever else makes a text
 * mean more than its lines say shows itself here.
 *
 * @module
 */

import { Lexer } from "yaml";
import { parseYaml, YamlError, type YamlNode } from "./read.ts";
import { YamlEditError } from "./splice.ts";
import type { YamlValue } from "./write.ts";

/** A value, and how it is written where that must stay: every {@linkcode YamlNode} is one. */
export type Content =
  | { readonly kind: "scalar"; readonly value: string | number | boolean | null; readonly text?: string }
  | { readonly kind: "list"; readonly items: readonly Content[] }
  | { readonly kind: "map"; readonly entries: readonly ContentEntry[] };

/** A key and its value. */
export interface ContentEntry {
  readonly key: string;
  readonly value: Content;
}

/** A new value, however it will be written. */
export function contentOf(value: YamlValue): Content {
  if (typeof value !== "object" || value === null) return { kind: "scalar", value };
  if (isValueList(value)) return { kind: "list", items: value.map(contentOf) };
  return { kind: "map", entries: Object.entries(value).map(([key, value]) => ({ key, value: contentOf(value) })) };
}

function isValueList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** Whether a value is the one that is wanted, and written as it must be. */
export function fits(found: Content, wanted: Content): boolean {
  switch (wanted.kind) {
    case "scalar":
      return found.kind === "scalar" && Object.is(found.value, wanted.value) &&
        (wanted.text === undefined || found.text === wanted.text);
    case "list":
      return found.kind === "list" && found.items.length === wanted.items.length &&
        wanted.items.every((item, i) => fits(found.items[i]!, item));
    case "map":
      return found.kind === "map" && found.entries.length === wanted.entries.length &&
        wanted.entries.every(({ key, value }, i) =>
          found.entries[i]!.key === key && fits(found.entries[i]!.value, value)
        );
  }
}

/**
 * Reads a text that is to be edited.
 *
 * @param body without a byte order mark
 * @throws {YamlEditError} if it does not parse, with line and column of everything that is wrong
 */
export function readContent(body: string): YamlNode {
  try {
    return parseYaml(body);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new YamlEditError(`it does not parse: ${cause.message}; repair it first`, { cause });
  }
}

/** Whether a text parses, and holds what is wanted. */
export function holds(body: string, wanted: Content): boolean {
  try {
    return fits(parseYaml(body), wanted);
  } catch (error) {
    if (error instanceof YamlError) return false;
    throw error;
  }
}

/** Whether a text still holds every comment of another one, in their order. */
export function keepsComments(after: string, before: string): boolean {
  const wanted = commentsOf(before);
  let at = 0;
  for (const comment of commentsOf(after)) at += Number(comment === wanted[at]);
  return at === wanted.length;
}

/** Every comment in order. The package marks what follows as a text by a control character. */
function commentsOf(body: string): readonly string[] {
  const lexemes = [...new Lexer().lex(body)];
  return lexemes.filter((lexeme, i) => lexeme.startsWith("#") && lexemes[i - 1] !== "\x1f");
}
