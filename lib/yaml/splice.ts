/**
 * One value put into the text of a YAML document, where it belongs and as its neighbours are written, while every other
 * byte stays. Knows nothing of what the values mean; {@linkcode mergeYaml} decides which are put, and proves the result.
 *
 * @module
 */

import { isAlias, isMap, isPair, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { RamAuthError } from "../errors.ts";
import {
  colonEnd,
  columnOf,
  contentEnd,
  isBlock,
  isBlockScalar,
  isEmptyFlow,
  isFlow,
  isMissing,
  isNothing,
  type KeyAndValue,
  lineStart,
  pairEnd,
} from "./nodes.ts";
import {
  blockLines,
  eolOf,
  type FlowPlace,
  flowText,
  insertLines,
  ownLead,
  replaced,
  scalarText,
  type YamlValue,
} from "./text.ts";

/** Keys of maps and indices of lists, from the root on. */
export type YamlPath = readonly (string | number)[];

/** The text cannot be edited in place. Trust: whoever may write the file chose it. */
export class YamlEditError extends RamAuthError {
  readonly code = "ERR_YAML_EDIT";
}

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
  let place: Place = { node: parse(body), flows: 0, start: 0 };
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

function parse(body: string): Node | null {
  return parseDocument(body, { keepSourceTokens: true, prettyErrors: false, version: "1.2" }).contents;
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
  if (isBlock(node)) return replaceLines(body, [start, end], { pair, value });
  if (isText) {
    const text = scalarText(value, body.slice(start, end));
    return replaced(body, start, end, spaced(start === end, text) + (isBlockScalar(node) ? eolOf(body, start) : ""));
  }
  const bare = body.slice(0, start).replace(/[ \t]+$/, "");
  return insertLines(bare + body.slice(end), bare.length, blockLines(value, indentUnder(body, pair, value)));
}

/** A block that stands on lines of its own gives them to the new one. */
function replaceLines(
  body: string,
  [start, end]: readonly [start: number, end: number],
  { pair, value }: { readonly pair: Place["pair"]; readonly value: YamlValue },
): string {
  const from = lineStart(body, start);
  if (typeof value !== "object" || value === null || pair === undefined || body.slice(from, start).trim() !== "") {
    throw new YamlEditError("something else stands in the place of a value; edit it by hand");
  }
  const to = body[end - 1] === "\n" ? end : body.indexOf("\n", end) + 1 || body.length;
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
    return appendToFlow(body, map, place, (where) => `${JSON.stringify(key)}: ${flowText(value, where)}`);
  }
  const column = columnOf(body, (map.items[0]!.key as Node).range![0]);
  return insertLines(body, contentEnd(map), blockLines({ [key]: value }, " ".repeat(column)), column);
}

function appendItem(body: string, list: YAMLSeq, place: Place, value: YamlValue): string {
  if (isFlow(list)) return appendToFlow(body, list, place, (where) => flowText(value, where));
  const column = columnOf(body, list.range![0]);
  return insertLines(body, contentEnd(list), blockLines([value], " ".repeat(column)), column);
}

/** Where each item within brackets has a line of its own, so has the new one. */
function appendToFlow(
  body: string,
  collection: YAMLMap | YAMLSeq,
  { flows, start: begin }: Place,
  write: (where: FlowPlace) => string,
): string {
  const last = collection.items.at(-1);
  if (last === undefined) {
    const inside = collection.range![0] + 1;
    return replaced(body, inside, inside, write(whereIn(body, begin, flows)));
  }
  const [start, end] = isPair(last)
    ? [(last.key as Node).range![0], pairEnd(last as KeyAndValue)]
    : [(last as Node).range![0], contentEnd(last as Node)];
  const ownLine = /\r?\n[ \t]*$/.exec(body.slice(0, start))?.[0];
  return replaced(body, end, end, `,${ownLine ?? " "}${write(whereIn(body, start, flows + 1))}`);
}

function whereIn(body: string, begin: number, flows: number): FlowPlace {
  return { lead: ownLead(body, begin), flows, eol: eolOf(body, begin) };
}
