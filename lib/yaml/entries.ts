/**
 * A list that is read entry by entry where it is not YAML as a whole, so that a slip in one entry loses that entry alone.
 * Entries are parted by what every YAML reader takes for a new item: a dash at the list's own indentation. Where another
 * reader might take that for part of a text, the list is refused as before (ADR 33).
 *
 * @module
 */

import { openQuotes } from "./diagnosis.ts";
import { countOf, movedBy, movedTo } from "./moved.ts";
import { type BrokenEntry, isBroken, MAX_NODES, YamlError, type YamlNode, type YamlProblem } from "./node.ts";
import { parseAnyYaml, parseYaml } from "./read.ts";
import { spaces } from "./slips.ts";
import { MAX_UNUSUAL_CHARS } from "./usual_yaml.ts";

/** Lines of a list from one dash to the next. */
interface Part {
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** How far its dash is indented. */
  readonly indent: number;
}

/** Most problems that are kept of one entry. */
const MAX_PROBLEMS = 3;

/** Longest entry, in lines, in which others are looked for that stand too deep. */
const MAX_LINES = 200;

/** A dash that begins an item. */
const DASH = /^( *)-(?=[ \t\r]|$)/;

/** What ends or begins a document, or says how to read one. A manifest may indent the text as a whole. */
const MARKER = /^( *)(?:(?:---|\.\.\.)(?=[ \t\r]|$)|%)/;

const BLANK = /^[ \t\r]*(?:#.*)?$/;

/** What follows a quote that ends a text, and not one that begins another. */
const BEHIND_TEXT = /^[ \t]*(?:\r?\n|$|[,:\]}]|[ \t]#)/;

/**
 * As {@linkcode parseYaml}, but of a list that is not YAML the entries that are, and those that are not as
 * {@linkcode BrokenEntry}.
 *
 * @throws {YamlError} with every problem and its position
 */
export function parseEntries(text: string): YamlNode {
  return readOr(text, parseYaml);
}

/** The same by the package alone. */
export function parseAnyEntries(text: string): YamlNode {
  return readOr(text, parseAnyYaml);
}

function readOr(text: string, read: (text: string) => YamlNode): YamlNode {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof YamlError) || text.length > MAX_UNUSUAL_CHARS) throw error;
    const items = entriesOf(text.replace(/^\uFEFF/, ""));
    if (items === undefined || !items.some(isBroken)) throw error;
    const { line, column } = items[0]!;
    return { kind: "list", items, line, column };
  }
}

/** The entries, broken ones among them; `undefined` where the text cannot be parted. */
function entriesOf(text: string): readonly YamlNode[] | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const items: YamlNode[] = [];
  let values = 0;
  for (const part of parts) {
    for (const item of itemsOf(part, parts[0]!.indent)) {
      values += countOf(item);
      if (values > MAX_NODES) return undefined;
      items.push(item);
    }
  }
  return items;
}

function partsOf(text: string): readonly Part[] | undefined {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !BLANK.test(line) && !/^---[ \t\r]*$/.test(line));
  const own = indentOf(DASH, lines[first] ?? "");
  if (own === Infinity) return undefined;
  const starts: number[] = [];
  for (let i = first; i < lines.length; i += 1) {
    if (indentOf(MARKER, lines[i]!) <= own) return undefined;
    if (indentOf(DASH, lines[i]!) <= own) starts.push(i);
  }
  const parts = partsAt(lines, starts);
  let behind = lines.slice(0, first).reduce((sum, line) => sum + line.length + 1, 0);
  for (const { text: part } of parts) {
    behind += part.length;
    if (openQuotes(part).some(({ quote }) => mayGoOn(text, behind, quote))) return undefined;
  }
  return parts;
}

/** How far a line is indented that is of this kind; any other is infinitely far. */
function indentOf(kind: RegExp, line: string): number {
  return kind.exec(line)?.[1]?.length ?? Infinity;
}

function partsAt(lines: readonly string[], starts: readonly number[]): readonly Part[] {
  return starts.map((start, i) => ({
    text: lines.slice(start, starts[i + 1]).join("\n") + (i + 1 < starts.length ? "\n" : ""),
    line: start + 1,
    indent: indentOf(DASH, lines[start]!),
  }));
}

/**
 * Whether a text in quotes that an entry leaves open may end in a later one. Other YAML readers, which do not ask how
 * the lines of such a text are indented, then see no entry there: whoever fills in a value must not write entries.
 */
function mayGoOn(text: string, from: number, quote: string): boolean {
  const end = quote === '"' ? /(?:[^"\\]|\\[^])*"/y : /(?:[^']|'')*'(?!')/y;
  end.lastIndex = from;
  return end.test(text) && BEHIND_TEXT.test(text.slice(end.lastIndex, end.lastIndex + MAX_BEHIND));
}

/** How much of the text behind a quote is looked at: the spaces up to a comment or a line end. */
const MAX_BEHIND = 1_024;

/** What a part holds: its entry, and perhaps further ones that stand too deep. */
function itemsOf(part: Part, own: number): readonly YamlNode[] {
  const read = itemOf(part);
  if (Array.isArray(read)) return withoutDeeper(part) ?? [brokenEntry(part, read)];
  if (part.indent === own) return [read];
  return [brokenEntry(part, [misplaced(part, `${spaces(own - part.indent)} less than the first one`)])];
}

/** The one item of a part; or what is wrong with it. */
function itemOf({ text, line }: Part): YamlNode | YamlProblem[] {
  try {
    const root = parseAnyYaml(text);
    const [item, ...others] = root.kind === "list" ? root.items : [];
    if (item !== undefined && others.length === 0) return movedTo(item, { line, column: 1 });
    return [{ line, column: 1, message: "This is not an item of a list" }];
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return error.problems.map((problem) => ({ ...problem, ...movedBy(problem, { line, column: 1 }) }));
  }
}

/**
 * An entry without those that stand deeper behind it, each of which is like it: a map that has one of its keys. The last
 * value of the entry must be whole. Without such ones, `undefined`.
 */
function withoutDeeper(part: Part): readonly YamlNode[] | undefined {
  const lines = part.text.split("\n");
  if (lines.length > MAX_LINES) return undefined;
  const start = lines.findIndex((line, i) => {
    const deeper = i === 0 ? Infinity : indentOf(DASH, line);
    return deeper < Infinity && isList(lines.slice(i), deeper) && !/[:|>-][ \t\r]*$/.test(lastContent(lines, i));
  });
  if (start < 1) return undefined;
  const head = itemOf({ ...part, text: `${lines.slice(0, start).join("\n")}\n` });
  if (Array.isArray(head) || head.kind !== "map") return undefined;
  const rest = lines.slice(start);
  const indent = indentOf(DASH, rest[0]!);
  const dashes = rest.flatMap((line, i) => indentOf(DASH, line) === indent ? [i] : []);
  const deeper = partsAt(rest, dashes).map((each) => ({ ...each, line: each.line + part.line + start - 1 }));
  const keys = new Set(head.entries.map(({ key }) => key));
  const isLike = (each: Part) => {
    const item = itemOf(each);
    return !Array.isArray(item) && item.kind === "map" && item.entries.some(({ key }) => keys.has(key));
  };
  if (!deeper.every(isLike)) return undefined;
  const more = `${spaces(indent - part.indent)} more than the one before it`;
  return [head, ...deeper.map((each) => brokenEntry(each, [misplaced(each, more)]))];
}

/** Whether all lines are items at this indentation, or belong to one. */
function isList(lines: readonly string[], indent: number): boolean {
  return lines.every((line) =>
    BLANK.test(line) || indentOf(DASH, line) === indent || /^ */.exec(line)![0].length >= indent + 2
  );
}

function lastContent(lines: readonly string[], before: number): string {
  return lines.slice(0, before).findLast((line) => !BLANK.test(line)) ?? "";
}

function misplaced({ line, indent }: Part, where: string): YamlProblem {
  return { line, column: indent + 1, message: `This entry is indented ${where}; align it` };
}

function brokenEntry({ text, line, indent }: Part, problems: readonly YamlProblem[]): BrokenEntry {
  return { kind: "scalar", value: text, text, line, column: indent + 1, broken: problems.slice(0, MAX_PROBLEMS) };
}
