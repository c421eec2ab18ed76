/**
 * Lists of a YAML text changed by whole lines, so that every other line stays as it is, comments and ends of lines
 * included. What is changed must be written in block style; the result is parsed and compared with what it must hold.
 *
 * @module
 */

import { type Content, type ContentEntry, holds } from "../../yaml/content.ts";
import { parseYaml, type YamlEntry, YamlError, type YamlNode } from "../../yaml/read.ts";
import { lineOfReference } from "../../yaml/references.ts";
import { Unclear } from "./unclear.ts";

/** A YAML text of a form in which lines may be added. */
export interface YamlLines {
  readonly text: string;
  /** Without their ends. */
  readonly lines: readonly string[];
  readonly root: YamlNode;
}

/** Keys and indices from the root to a list. */
export type ListPath = readonly (string | number)[];

/** A change of one list that is there. */
export interface ListChange {
  readonly path: ListPath;
  /** The items that go, by their index. */
  readonly without: readonly number[];
  /** An item that comes, behind so many of those that were there before. */
  readonly added?: { readonly behind: number; readonly text: string };
}

/** A list that comes, under a key of the root. */
export interface NewList {
  readonly key: string;
  readonly item: string;
}

/**
 * Reads a text.
 *
 * @throws {Unclear} if its form is not one in which lines can be added for certain
 */
export function readYamlLines(text: string): YamlLines {
  if (text.startsWith("\uFEFF")) throw new Unclear("it begins with a byte order mark; take that out");
  const eol = eolOf(text);
  const lines = text.split(eol);
  const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line)) + 1;
  const control = at(/[^\t\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\uffff]/);
  if (control > 0) {
    throw new Unclear(
      `line ${control} could not be told apart from the next: another end of line, or a control character`,
    );
  }
  const tab = at(/^ *(?:- *)*\t\s*\S/);
  if (tab > 0) throw new Unclear(`line ${tab} has a tab in its indentation or after a dash`);
  const directive = at(/^(?:%|\.\.\.|---[ \t]*[^ \t#])/);
  if (directive > 0) {
    throw new Unclear(`line ${directive} has a directive, a text behind "---", or an end of a document`);
  }
  const root = parsed(text);
  const reference = lineOfReference(text);
  if (reference !== undefined) {
    throw new Unclear(`line ${reference} has an anchor, an alias or a tag, by which a list may be another one, too`);
  }
  const merge = mergeKeyIn(root);
  if (merge !== undefined) throw new Unclear(`line ${merge.line} has a merge key`);
  if (root.kind !== "scalar" && /^[[{]/.test(lines[root.line - 1]!.slice(root.column - 1))) {
    throw new Unclear("it is JSON, or YAML within braces");
  }
  return { text, lines, root };
}

/** The key that leads to a list, and the list. @throws {Unclear} if it is not there, or not in block style */
export function blockListAt({ root, lines }: YamlLines, path: ListPath): {
  readonly line: number;
  readonly indent: string;
  readonly items: readonly YamlNode[];
} {
  const name = `${path.at(-1)}:`;
  const entry = entryAt(root, path);
  if (entry === undefined) throw new Unclear(`there is no ${name}`);
  const { value: list } = entry;
  const lead = lines[list.line - 1]!.slice(0, list.column - 1);
  const isBlock = list.kind === "list" && list.items.length > 0 && /^ *$/.test(lead) &&
    lines[list.line - 1]![list.column - 1] === "-";
  if (!isBlock) throw new Unclear(`${name} is not a list in block style`);
  return { line: entry.line, indent: lead, items: list.items };
}

/** The text of an item as it stands, if it is a text on one line of its own. @throws {Unclear} if not */
export function textOnLine({ lines }: YamlLines, item: YamlNode): string {
  const line = lines[item.line - 1]!;
  const alone = parsedOrNothing(line.slice(item.column - 1));
  const isWhole = item.kind === "scalar" && typeof item.value === "string" &&
    /^ *- +$/.test(line.slice(0, item.column - 1)) &&
    alone?.kind === "scalar" && alone.value === item.value;
  if (!isWhole) {
    throw new Unclear(`line ${item.line} is not one text on a line of its own, so that it cannot be read as a flag`);
  }
  return item.value as string;
}

/** A text in the quotes of another one. It needs none itself. */
export function quotedLike(text: string, { lines }: YamlLines, item: YamlNode | undefined): string {
  const [quote] = /^["']/.exec(item === undefined ? '"' : lines[item.line - 1]!.slice(item.column - 1)) ?? [""];
  return quote + text + quote;
}

/**
 * The text with its lists changed; new lists stand at its top.
 *
 * @throws {Unclear} if the result does not hold what it must
 */
export function changeLists(
  yaml: YamlLines,
  { changes, news = [] }: { readonly changes: readonly ListChange[]; readonly news?: readonly NewList[] },
): string {
  const gone = new Set<number>();
  const added = new Map<number, readonly string[]>();
  for (const { path, without, added: item } of changes) {
    const { line, indent, items } = blockListAt(yaml, path);
    for (const index of without) gone.add(items[index]!.line);
    if (item === undefined) continue;
    const below = item.behind === 0 ? line : items[item.behind - 1]!.line;
    if (below === yaml.lines.length) throw new Unclear("it ends without a newline; add one");
    added.set(below, [`${indent}- ${item.text}`]);
  }
  const marker = yaml.lines.findIndex((line) => line.startsWith("---")) + 1;
  if (news.length > 0) added.set(marker, news.flatMap(({ key, item }) => [`${key}:`, `  - ${item}`]));
  const lines = ["", ...yaml.lines].flatMap((line, number) => [
    ...(number === 0 || gone.has(number) ? [] : [line]),
    ...(added.get(number) ?? []),
  ]);
  const after = lines.join(eolOf(yaml.text));
  const wanted = changes.reduce((root, change) => withChange(root, change.path, change), withLists(yaml.root, news));
  if (!holds(after, wanted)) throw new Unclear("its form does not let these lines change alone");
  return after;
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function parsed(text: string): YamlNode {
  try {
    return parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new Unclear(`it cannot be read: ${cause.message}`, { cause });
  }
}

function parsedOrNothing(text: string): YamlNode | undefined {
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}

function mergeKeyIn(node: YamlNode): YamlEntry | undefined {
  if (node.kind === "scalar") return undefined;
  if (node.kind === "list") return first(node.items, mergeKeyIn);
  return node.entries.find(({ key }) => key === "<<") ?? first(node.entries, ({ value }) => mergeKeyIn(value));
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function entryAt(root: YamlNode, path: ListPath): YamlEntry | undefined {
  let [node, entry]: [YamlNode | undefined, YamlEntry | undefined] = [root, undefined];
  for (const step of path) {
    if (typeof step === "number") node = node?.kind === "list" ? node.items[step] : undefined;
    else {
      entry = node?.kind === "map" ? node.entries.find(({ key }) => key === step) : undefined;
      node = entry?.value;
    }
  }
  return entry;
}

/** What the text must hold after a change. */
function withChange(node: Content, path: ListPath, change: ListChange): Content {
  const [step, ...rest] = path;
  if (node.kind === "list" && step === undefined) {
    const items = node.items.map((item, i) => change.without.includes(i) ? [] : [item]);
    const { added } = change;
    if (added !== undefined) items.splice(added.behind, 0, [parsed(added.text)]);
    return { kind: "list", items: items.flat() };
  }
  if (node.kind === "list") {
    return { kind: "list", items: node.items.map((item, i) => i === step ? withChange(item, rest, change) : item) };
  }
  if (node.kind !== "map") return node;
  const changed = ({ key, value }: ContentEntry) => ({
    key,
    value: key === step ? withChange(value, rest, change) : value,
  });
  return { kind: "map", entries: node.entries.map(changed) };
}

function withLists(node: Content, news: readonly NewList[]): Content {
  if (news.length === 0) return node;
  const entries = news.map(({ key, item }): ContentEntry => ({ key, value: { kind: "list", items: [parsed(item)] } }));
  return { kind: "map", entries: [...entries, ...(node.kind === "map" ? node.entries : [])] };
}
