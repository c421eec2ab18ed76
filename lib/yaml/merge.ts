/**
 * Changes to a YAML file that somebody else wrote, by value: what already is so stays as it is written, maps keep their
 * other keys, and nothing else changes, not even a comment. Proves that of its own result.
 *
 * @module
 */

import { plainOf } from "./access.ts";
import { type Content, contentOf, fits, holds, keepsComments, readContent } from "./content.ts";
import { putValue, type YamlPath } from "./put.ts";
import { behindBom, YamlEditError } from "./splice.ts";
import type { YamlValue } from "./write.ts";

/** The wanted state: a value under a path. Of a map the keys that it names count, of a list all of it. */
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
  return behindBom(text, (before) => {
    const wanted = changes.reduce(changed, readContent(before) as Content);
    const after = changes.reduce(applied, before);
    if (holds(after, wanted) && keepsComments(after, before)) return after;
    throw new YamlEditError(
      "its form does not let these values change alone (an anchor or a comment); edit it by hand",
    );
  });
}

/**
 * Whether a value is what the changes make of another one, for whoever reads a text otherwise than this module.
 *
 * @param before what the text held, as JSON could hold it
 */
export function changedAlone(before: Plain, after: Plain, changes: readonly YamlChange[]): boolean {
  return fits(contentOf(after as YamlValue), changes.reduce(changed, contentOf(before as YamlValue)));
}

/**
 * What a text holds.
 *
 * @throws {YamlEditError} if it does not parse, with line and column of everything that is wrong
 */
export function readPlain(text: string): Plain {
  return plainOf(readContent(text.replace(/^\uFEFF/, "")));
}

function applied(body: string, { path, value }: YamlChange): string {
  const now = contentAt(readContent(body), path);
  const next = merged(now, contentOf(value));
  if (now !== undefined && fits(now, next)) return body;
  if (isMap(value) && now?.kind === "map" && now.entries.length > 0) {
    return Object.entries(value).reduce((text, [key, value]) => applied(text, { path: [...path, key], value }), body);
  }
  if (Array.isArray(value) && now?.kind === "list" && next.kind === "list") {
    const { length } = now.items;
    const isLonger = length > 0 && length < value.length && now.items.every((item, i) => fits(item, next.items[i]!));
    if (isLonger) {
      return value.slice(length).reduce((text, item, i) => putValue(text, [...path, length + i], item), body);
    }
  }
  return putValue(body, path, value);
}

function contentAt(root: Content, path: YamlPath): Content | undefined {
  return path.reduce<Content | undefined>((content, step) => {
    if (typeof step === "number") return content?.kind === "list" ? content.items[step] : undefined;
    return content?.kind === "map" ? content.entries.find(({ key }) => key === step)?.value : undefined;
  }, root);
}

function changed(root: Content, { path, value }: YamlChange): Content {
  return withContent(root, path, contentOf(value));
}

function withContent(now: Content | undefined, [step, ...rest]: YamlPath, value: Content): Content {
  if (step === undefined) return merged(now, value);
  if (typeof step === "number") {
    const items = now?.kind === "list" ? now.items : [];
    const item = withContent(items[step], rest, value);
    return { kind: "list", items: step < items.length ? items.with(step, item) : [...items, item] };
  }
  const entries = now?.kind === "map" ? now.entries : [];
  const at = entries.findIndex(({ key }) => key === step);
  const entry = { key: step, value: withContent(entries[at]?.value, rest, value) };
  return { kind: "map", entries: at < 0 ? [...entries, entry] : entries.with(at, entry) };
}

function merged(now: Content | undefined, value: Content): Content {
  if (value.kind !== "map" || now?.kind !== "map") return value;
  return value.entries.reduce<Content>((content, { key, value }) => withContent(content, [key], value), now);
}

function isMap(value: YamlValue): value is { readonly [key: string]: YamlValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
