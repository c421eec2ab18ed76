/**
 * The three changes that every edit is made of: a part replaced, lines put between lines, and an entry put within
 * brackets. Every other byte stays.
 *
 * @module
 */

import type { YAMLMap, YAMLSeq } from "yaml";
import { RamAuthError } from "../errors.ts";
import { entryEnd, entryStart, eolOf, lineEnd, ownLineBreak } from "./positions.ts";

/** The text cannot be edited in place. Trust: whoever may write the file or the ConfigMap chose it. */
export class YamlEditError extends RamAuthError {
  readonly code = "ERR_YAML_EDIT";
}

/** Edits a text behind its byte order mark, which the package takes for indentation. */
export function behindBom(text: string, edit: (body: string) => string): string {
  const body = text.replace(/^\uFEFF/, "");
  return text.slice(0, text.length - body.length) + edit(body);
}

/** The text with another one instead of a part of it. */
export function replaced(body: string, start: number, end: number, text: string): string {
  return body.slice(0, start) + text + body.slice(end);
}

/**
 * Puts lines below the one that holds what ends at an offset, and below the comments on that: those that follow at
 * once, indented further than `column`. A text that ends without a line end goes on to do so.
 */
export function insertLines(body: string, end: number, lines: readonly string[], column = Infinity): string {
  const eol = eolOf(body, end);
  let at = lineEnd(body, end);
  for (;;) {
    const [comment, indent] = /^([ \t]*)#.*(?:\n|$)/.exec(body.slice(at)) ?? [];
    if (comment === undefined || indent!.length <= column) break;
    at += comment.length;
  }
  if (at === body.length && body !== "" && !body.endsWith("\n")) return body + eol + lines.join(eol);
  return replaced(body, at, at, lines.map((line) => line + eol).join(""));
}

/**
 * Puts an entry behind the last one within brackets or braces. Where each has a line of its own, so has the new one.
 *
 * @param write makes its text; it gets the position of the last entry, if there is one
 */
export function appendWithin(
  body: string,
  { items, range }: YAMLMap | YAMLSeq,
  write: (last: number | undefined) => string,
): string {
  const last = items.at(-1);
  if (last === undefined) return replaced(body, range![0] + 1, range![0] + 1, write(undefined));
  const [start, end] = [entryStart(last), entryEnd(last)];
  return replaced(body, end, end, `,${ownLineBreak(body, start) ?? " "}${write(start)}`);
}
