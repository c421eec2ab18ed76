/**
 * One value put into the text of a YAML document, where it belongs and as its neighbours are written, while every other
 * byte stays. {@linkcode mergeYaml} decides which are put, and proves the result.
 *
 * @module
 */

import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import {
  colonEnd,
  columnOf,
  contentEnd,
  entryStart,
  eolOf,
  isBlock,
  isBlockScalar,
  isEmptyFlow,
  isFlow,
  isMissing,
  isNothing,
  type KeyAndValue,
  leadOf,
  lineEnd,
  lineStart,
  ownIndent,
  rootOf,
} from "./positions.ts";
import { appendWithin, insertLines, replaced, YamlEditError } from "./splice.ts";
import { blockLines, type FlowPlace, flowText, scalarText, type YamlValue } from "./write.ts";

/** Keys of maps and indices of lists, from the root on. */
export type YamlPath = readonly (string | number)[];

/** A value, and what it hangs on. */
interface Place {
  readonly node: Node | null;
  /** The pair of a map that it is the value of. */
  readonly pair?: KeyAndValue;
  /** How many brackets and braces stand round it. */
  readonly flows: number;
  /** Where it begins, its key or else itself. */
  readonly start: number;
}

/**
 * The text with a value under a path. What stands there is replaced; what is missing on the way there is made, and an
 * index one past the end of a list adds an item.
 *
 * @param body without a byte order mark; it parses
 * @throws {YamlEditError} if the form of the text has no room for it
 */
export function putValue(body: string, path: YamlPath, value: YamlValue): string {
  let place: Place = { node: rootOf(body), flows: 0, start: 0 };
  for (const [at, step] of path.entries()) {
    const { node, flows } = place;
    const rest = path.slice(at + 1);
    if (isNothing(node) || (isEmptyFlow(node) && flows === 0)) {
      return replace(body, place, nested(path.slice(at), value));
    }
    if (isMap(node) && typeof step === "string") {
      const pair = (node as YAMLMap<Node, Node | null>).items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) return appendPair(body, node, place, [step, nested(rest, value)]);
      place = { node: pair.value, pair, flows: flows + Number(isFlow(node)), start: pair.key.range![0] };
    } else if (isSeq(node) && typeof step === "number") {
      if (step === node.items.length) return appendItem(body, node, place, nested(rest, value));
      const item = node.items[step] as Node;
      place = { node: item, flows: flows + Number(isFlow(node)), start: item.range![0] };
    } else throw cannotPut(path, isAlias(node) ? "an alias stands in its place" : "something else stands in its place");
  }
  if (isAlias(place.node)) throw cannotPut(path, "an alias stands in its place");
  return replace(body, place, value);
}

function cannotPut(path: YamlPath, why: string): YamlEditError {
  return new YamlEditError(`"${path.join(".")}" cannot change alone: ${why}; edit it by hand`);
}

function nested(path: YamlPath, value: YamlValue): YamlValue {
  return path.reduceRight<YamlValue>((inner, step) => typeof step === "number" ? [inner] : { [step]: inner }, value);
}

function replace(body: string, { node, pair, flows, start: begin }: Place, value: YamlValue): string {
  const isText = typeof value !== "object" || value === null;
  const afterColon = pair === undefined ? undefined : colonEnd(pair);
  const [start, end] = node === null || isMissing(node)
    ? [afterColon ?? body.length, afterColon ?? body.length]
    : [node.range![0], contentEnd(node)];
  if (flows > 0) {
    return replaced(body, start, end, spaced(start === end, flowText(value, whereIn(body, begin, flows))));
  }
  if (afterColon !== undefined && isEmptyList(value)) {
    return isBlock(node)
      ? replaced(body, afterColon, end, " []")
      : replaced(body, start, end, spaced(start === end, "[]"));
  }
  if (isBlock(node)) return replaceLines(body, [start, end], { pair, value });
  if (isText) {
    const text = scalarText(value, body.slice(start, end));
    return replaced(body, start, end, spaced(start === end, text) + (isBlockScalar(node) ? eolOf(body, start) : ""));
  }
  const bare = body.slice(0, start).replace(/[ \t]+$/, "");
  return insertLines(bare + body.slice(end), bare.length, blockLines(value, indentUnder(body, pair, value)));
}

/** A list of no items has no lines to be written on. */
function isEmptyList(value: YamlValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** A block that stands on lines of its own gives them to the new one. */
function replaceLines(
  body: string,
  [start, end]: readonly [start: number, end: number],
  { pair, value }: { readonly pair: Place["pair"]; readonly value: YamlValue },
): string {
  const from = lineStart(body, start);
  if (typeof value !== "object" || value === null || pair === undefined || leadOf(body, start).trim() !== "") {
    throw new YamlEditError("its layout does not allow replacing the value; edit it by hand");
  }
  const to = lineEnd(body, end);
  const rest = body.slice(to);
  const lines = blockLines(value, indentUnder(body, pair, value)).join(eolOf(body, from));
  return body.slice(0, from) + lines + (rest === "" && !body.endsWith("\n") ? "" : eolOf(body, from)) + rest;
}

function spaced(isNew: boolean, text: string): string {
  return isNew ? ` ${text}` : text;
}

/** Where a map or a list under a key begins: two columns right of the key, or, as kubectl writes lists, below it. */
function indentUnder(body: string, pair: Place["pair"], value: YamlValue): string {
  if (pair === undefined) return "";
  return " ".repeat(columnOf(body, pair.key.range![0]) + (Array.isArray(value) ? 0 : 2));
}

function appendPair(
  body: string,
  map: YAMLMap,
  place: Place,
  [key, value]: readonly [key: string, value: YamlValue],
): string {
  if (isFlow(map)) {
    return appendFlow(body, map, place, (where) => `${JSON.stringify(key)}: ${flowText(value, where)}`);
  }
  const column = columnOf(body, entryStart(map.items[0]));
  return insertLines(body, contentEnd(map), blockLines({ [key]: value }, " ".repeat(column)), column);
}

function appendItem(body: string, list: YAMLSeq, place: Place, value: YamlValue): string {
  if (isFlow(list)) return appendFlow(body, list, place, (where) => flowText(value, where));
  const column = columnOf(body, list.range![0]);
  return insertLines(body, contentEnd(list), blockLines([value], " ".repeat(column)), column);
}

function appendFlow(
  body: string,
  collection: YAMLMap | YAMLSeq,
  { flows, start }: Place,
  write: (where: FlowPlace) => string,
): string {
  return appendWithin(
    body,
    collection,
    (last) => write(last === undefined ? whereIn(body, start, flows) : whereIn(body, last, flows + 1)),
  );
}

function whereIn(body: string, begin: number, flows: number): FlowPlace {
  return { indent: ownIndent(body, begin), flows, eol: eolOf(body, begin) };
}
