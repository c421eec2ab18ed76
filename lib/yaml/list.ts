/**
 * The text of a YAML list as somebody wrote it: where its items stand, so that one can be added or taken out while
 * every other byte stays. Proves that of its own result.
 *
 * @module
 */

import { type CST, isSeq, type Node, type YAMLSeq } from "yaml";
import { type Content, contentOf, holds, readContent } from "./content.ts";
import { blockItem, flowItem, type ItemFields, itemStyle } from "./item_style.ts";
import { contentEnd, eolOf, isFlow, leadOf, lineEnd, lineStart, rootOf } from "./positions.ts";
import type { YamlNode } from "./read.ts";
import { appendWithin, behindBom, insertLines, replaced, YamlEditError } from "./splice.ts";

/**
 * The text with one item more, after all that it holds. It is written as the list is: block or flow, with its
 * indentation and its line ends. The old text stays whole; only a list that is nothing but `[]` is rewritten.
 *
 * @throws {YamlEditError} if the text is not a list, or a form in which an item cannot be added without other changes
 */
export function appendItem(text: string, fields: ItemFields): string {
  return behindBom(text, (body) => proved(insert(body, fields), [...itemsOf(body), contentOf(fields)]));
}

/**
 * The text without the lines of one item. Comments above and below it stay.
 *
 * @param index of the item, from 0
 * @throws {YamlEditError} if the text is not a list, or a form in which the item cannot be taken out without other changes
 */
export function cutItem(text: string, index: number): string {
  return behindBom(text, (body) => {
    const items = itemsOf(body);
    const { list } = itemAt(body, index);
    const [start, end] = isFlow(list) ? flowRange(body, list, index) : blockRange(body, list, index);
    return proved(replaced(body, start, end, ""), items.toSpliced(index, 1));
  });
}

/**
 * The items of the list; none where the text is empty, holds comments alone, or an empty text in quotes.
 *
 * @throws {YamlEditError} if the text is not YAML or no list
 */
export function readItems(text: string): readonly YamlNode[] {
  return itemsOf(text.replace(/^\uFEFF/, ""));
}

/** The lines of one item, as they stand. */
export function itemText(text: string, index: number): string {
  const body = text.replace(/^\uFEFF/, "");
  const { list, item } = itemAt(body, index);
  const [start, end] = isFlow(list) ? [item.range![0], contentEnd(item)] : blockRange(body, list, index);
  return body.slice(start, end).replace(/^\r?\n|\s+$/g, "");
}

function itemsOf(body: string): readonly YamlNode[] {
  const root = readContent(body);
  if (root.kind === "list") return root.items;
  if (root.kind === "scalar" && (root.value === null || root.value === "")) return [];
  throw new YamlEditError(`it holds a ${root.kind === "map" ? "map" : "text"}, not a list; repair it first`);
}

function insert(body: string, fields: ItemFields): string {
  const list = listOf(body);
  const lines = blockItem(fields, itemStyle(body, list));
  // Who has nobody in the list may say so with "null", "[]" or an empty text; beside a comment it stays.
  if (/^\s*(null|~|\[\s*\]|''|"")\s*$/i.test(body)) {
    return lines.map((line) => line + eolOf(body, body.length)).join("");
  }
  if (list === undefined || !isFlow(list)) return insertLines(body, body.length, lines);
  return appendWithin(body, list, () => flowItem(fields));
}

function itemAt(body: string, index: number): { readonly list: YAMLSeq; readonly item: Node } {
  const list = listOf(body);
  const item = list?.items[index] as Node | undefined;
  if (list === undefined || item === undefined) throw new RangeError(`there is no item ${index}`);
  return { list, item };
}

function blockRange(body: string, list: YAMLSeq, index: number): readonly [start: number, end: number] {
  const dash = dashesOf(list)[index]!;
  if (leadOf(body, dash).trim() !== "") {
    throw new YamlEditError("something stands in front of the entry on its line; edit it by hand");
  }
  const start = lineStart(body, dash);
  const end = lineEnd(body, Math.max(contentEnd(list.items[index] as Node), dash + 1));
  if (body[end - 1] === "\n") return [start, end];
  const lineBreak = /\r?\n$/.exec(body.slice(0, start))?.[0] ?? "";
  return [start - lineBreak.length, end];
}

/** With the item goes the comma that parts it from the next one, or else from the one before. */
function flowRange(body: string, list: YAMLSeq, index: number): readonly [start: number, end: number] {
  const [before, item, next] = [
    list.items[index - 1],
    list.items[index],
    list.items[index + 1],
  ] as (Node | undefined)[];
  const [start, end] = [item!.range![0], contentEnd(item!)];
  const range = next !== undefined
    ? [start, next.range![0]] as const
    : [before === undefined ? start : contentEnd(before), end] as const;
  if (/[^\s,]/.test(body.slice(range[0], start) + body.slice(end, range[1]))) {
    throw new YamlEditError("a comment or an anchor stands beside the entry; edit it by hand");
  }
  return range;
}

function listOf(body: string): YAMLSeq | undefined {
  const root = rootOf(body);
  return isSeq(root) ? root : undefined;
}

/** Where the dash of each item stands. */
function dashesOf(list: YAMLSeq): readonly number[] {
  const { items } = list.srcToken as CST.BlockSequence;
  return items.flatMap(({ start }) => start.find(({ type }) => type === "seq-item-ind")?.offset ?? []);
}

/** An empty list may be written as nothing at all. */
function proved(body: string, items: readonly Content[]): string {
  const nothing: Content = { kind: "scalar", value: null };
  if (holds(body, { kind: "list", items }) || (items.length === 0 && holds(body, nothing))) return body;
  throw new YamlEditError("its form does not let one entry change alone; edit it by hand");
}
