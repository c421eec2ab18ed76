/**
 * The text of a YAML list as somebody wrote it: where its items stand, so that one can be added or taken out while every
 * other byte stays. Knows nothing of what the items mean.
 *
 * @module
 */

import { type CST, isSeq, type Node, parseDocument, type YAMLSeq } from "yaml";
import { RamAuthError } from "../errors.ts";
import { parseYaml, YamlError, type YamlNode } from "./read.ts";
import { contentEnd, lineStart } from "./nodes.ts";
import { type ItemFields, itemStyle, writeBlockItem, writeFlowItem } from "./list_style.ts";

/** The text cannot be edited in place. Trust: whoever may write the ConfigMap chose it. */
export class ListTextError extends RamAuthError {
  readonly code = "ERR_LIST_TEXT";
}

/**
 * The text with one item more, after all that it holds. It is written as the list is: block or flow, with its
 * indentation and its line ends. The old text stays whole; only a list that is nothing but `[]` is written anew.
 *
 * @throws {ListTextError} if the text is no list, or a form in which an item cannot be added without other changes
 */
export function appendItem(text: string, fields: ItemFields): string {
  const before = readItems(text);
  const edited = withoutBom(text, (body) => insert(body, fields));
  const added: YamlNode = parseYaml(writeFlowItem(fields));
  assertSame(edited, [...before.map(exactly), meaning(added)]);
  return edited;
}

/**
 * The text without the lines of one item. Comments above and below it stay.
 *
 * @param index of the item, from 0
 * @throws {ListTextError} if the text is no list, or a form in which the item cannot be taken out without other changes
 */
export function cutItem(text: string, index: number): string {
  const before = readItems(text);
  const edited = withoutBom(text, (body) => {
    const [start, end] = cutRange(body, index);
    return body.slice(0, start) + body.slice(end);
  });
  assertSame(edited, before.filter((_, i) => i !== index).map(exactly));
  return edited;
}

/**
 * The items of the list; none where the text is empty or holds comments alone.
 *
 * @throws {ListTextError} if the text is not YAML or no list
 */
export function readItems(text: string): readonly YamlNode[] {
  let root: YamlNode;
  try {
    root = parseYaml(text.slice(bomOf(text).length));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new ListTextError(`it does not parse: ${error.message}; repair it first`, { cause: error });
  }
  if (root.kind === "list") return root.items;
  if (root.kind === "scalar" && root.value === null) return [];
  throw new ListTextError(`it holds a ${root.kind === "map" ? "map" : "text"}, not a list; repair it first`);
}

/** The lines of one item, as they stand. */
export function itemText(text: string, index: number): string {
  const body = text.slice(bomOf(text).length);
  const { list, item } = itemAt(body, index);
  const [start, end] = list.flow ? [item.range![0], contentEnd(item)] : blockRange(body, list, index);
  return body.slice(start, end).replace(/^\r?\n|\s+$/g, "");
}

function bomOf(text: string): string {
  return text.startsWith("\uFEFF") ? "\uFEFF" : "";
}

/** The package takes a byte order mark for indentation. */
function withoutBom(text: string, edit: (body: string) => string): string {
  const bom = bomOf(text);
  return bom + edit(text.slice(bom.length));
}

function insert(body: string, fields: ItemFields): string {
  const list = listOf(body);
  const eol = /\r?\n(?=[^\n]*$)/.exec(body)?.[0] ?? "\n";
  const block = writeBlockItem(fields, itemStyle(body, list)).join(eol);
  if (list === undefined) {
    // A section that says "null" has nobody in it, like one that says nothing.
    return /^\s*(null|~)\s*$/i.test(body) ? `${block}${eol}` : appendLines(body, block, eol);
  }
  if (!list.flow) return appendLines(body, block, eol);
  const [start, end] = list.range!;
  const last = list.items.at(-1) as Node | undefined;
  if (last !== undefined) {
    const at = contentEnd(last);
    return body.slice(0, at) + `,${separator(body, last.range![0])}${writeFlowItem(fields)}` + body.slice(at);
  }
  const isAlone = (body.slice(0, start) + body.slice(end)).trim() === "" && /^\[\s*\]$/.test(body.slice(start, end));
  return isAlone ? `${block}${eol}` : body.slice(0, start + 1) + writeFlowItem(fields) + body.slice(start + 1);
}

/** A text that ends without a line end goes on to do so, as `|-` in the ConfigMap asks. */
function appendLines(body: string, block: string, eol: string): string {
  if (body === "" || body.endsWith("\n")) return `${body}${block}${eol}`;
  return `${body}${eol}${block}`;
}

/** Where each item of a flow list has a line of its own, so has the new one. */
function separator(body: string, itemStart: number): string {
  return /\r?\n[ \t]*$/.exec(body.slice(0, itemStart))?.[0] ?? " ";
}

function cutRange(body: string, index: number): readonly [start: number, end: number] {
  const { list } = itemAt(body, index);
  return list.flow ? flowRange(body, list, index) : blockRange(body, list, index);
}

function itemAt(body: string, index: number): { readonly list: YAMLSeq; readonly item: Node } {
  const list = listOf(body);
  const item = list?.items[index] as Node | undefined;
  if (list === undefined || item === undefined) throw new RangeError(`there is no item ${index}`);
  return { list, item };
}

function blockRange(body: string, list: YAMLSeq, index: number): readonly [start: number, end: number] {
  const dash = dashesOf(list)[index]!;
  const start = lineStart(body, dash);
  if (body.slice(start, dash).trim() !== "") {
    throw new ListTextError("something stands in front of the entry on its line; edit it by hand");
  }
  const contentEnds = Math.max(contentEnd(list.items[index] as Node), dash + 1);
  const newline = body[contentEnds - 1] === "\n" ? contentEnds - 1 : body.indexOf("\n", contentEnds);
  if (newline >= 0) return [start, newline + 1];
  const lineEnd = /\r?\n$/.exec(body.slice(0, start))?.[0] ?? "";
  return [start - lineEnd.length, body.length];
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
    throw new ListTextError("a comment or an anchor stands beside the entry; edit it by hand");
  }
  return range;
}

function listOf(body: string): YAMLSeq | undefined {
  const { contents } = parseDocument(body, { keepSourceTokens: true, prettyErrors: false, version: "1.2" });
  return isSeq(contents) ? contents : undefined;
}

/** Where the dash of each item stands. */
function dashesOf(list: YAMLSeq): readonly number[] {
  const { items } = list.srcToken as CST.BlockSequence;
  return items.flatMap(({ start }) => start.find(({ type }) => type === "seq-item-ind")?.offset ?? []);
}

/** Anchors, documents and whatever else makes a text mean more than its lines say shows itself here. */
function assertSame(text: string, wanted: readonly string[]): void {
  let found: readonly YamlNode[] | undefined;
  try {
    found = readItems(text);
  } catch (error) {
    if (!(error instanceof ListTextError)) throw error;
  }
  const isSame = found?.length === wanted.length &&
    found.every((node, i) => wanted[i] === exactly(node) || wanted[i] === meaning(node));
  if (!isSame) throw new ListTextError("its form does not let one entry change alone; edit it by hand");
}

/** The value and how it was written. */
function exactly(node: YamlNode): string {
  return JSON.stringify(node, (key, value) => key === "line" || key === "column" ? undefined : value);
}

/** The value, however it is written. */
function meaning(node: YamlNode): string {
  return `=${JSON.stringify(node, (key, value) => ["line", "column", "text"].includes(key) ? undefined : value)}`;
}
