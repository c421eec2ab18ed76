/**
 * Where the values of a YAML document are in its text, and in which form. Every editor in this folder goes by these
 * positions.
 *
 * @module
 */

import {
  isCollection,
  isPair,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** A key and its value in a map. */
export type KeyAndValue = Pair<Node, Node | null>;

/** The root of a text that {@linkcode parseYaml} takes, with the tokens that it was made of. */
export function rootOf(body: string): Node | null {
  return parseDocument(body, { keepSourceTokens: true, prettyErrors: false, version: "1.2" }).contents;
}

/** Whether a value is `null`, written or not. */
export function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** Whether something is in brackets or braces. */
export function isFlow(node: Node): boolean {
  return isCollection(node) && node.flow === true;
}

/** Whether something is `[]` or `{}`. */
export function isEmptyFlow(node: Node | null): boolean {
  return isCollection(node) && node.items.length === 0;
}

/** Whether something is a list or a map on lines of its own. */
export function isBlock(node: Node | null): node is YAMLMap | YAMLSeq {
  return isCollection(node) && node.flow !== true;
}

/** Whether a value is left out: the package gives it a place all the same. */
export function isMissing(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range![0] === node.range![1];
}

/** Whether a text is written with `|` or `>`, so that its line end belongs to it. */
export function isBlockScalar(node: Node | null): boolean {
  return isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
}

/** Where the colon behind a key ends. */
export function colonEnd(pair: KeyAndValue): number {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === "map-value-ind");
  return colon === undefined ? pair.key.range![1] : colon.offset + 1;
}

/** Where a value ends, comments after it left out. The package counts those in for block lists and maps. */
export function contentEnd(node: Node): number {
  const [start, end] = node.range!;
  if (!isBlock(node)) return end;
  const last = node.items.at(-1);
  return last === undefined ? start : entryEnd(last);
}

/** Where a key and its value end, comments after them left out. */
export function pairEnd(pair: KeyAndValue): number {
  return Math.max(contentEnd(pair.key), colonEnd(pair), pair.value === null ? 0 : contentEnd(pair.value));
}

/** Where an item of a list, or a key of a map, begins. */
export function entryStart(entry: unknown): number {
  return (isPair(entry) ? (entry as KeyAndValue).key : entry as Node).range![0];
}

/** Where an item of a list, or a key of a map with its value, ends; comments after it left out. */
export function entryEnd(entry: unknown): number {
  return isPair(entry) ? pairEnd(entry as KeyAndValue) : contentEnd(entry as Node);
}

/** Where the line begins that holds an offset. */
export function lineStart(body: string, offset: number): number {
  return body.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line ends, its line end included, that holds the end of something: a line end that it has is the last. */
export function lineEnd(body: string, end: number): number {
  return body[end - 1] === "\n" ? end : body.indexOf("\n", end) + 1 || body.length;
}

/** How many characters are in front of an offset on its line. */
export function columnOf(body: string, offset: number): number {
  return offset - lineStart(body, offset);
}

/** What is in front of an offset on its line. */
export function leadOf(body: string, offset: number): string {
  return body.slice(lineStart(body, offset), offset);
}

/** How the line is indented on which something begins; empty where something else is in front of it. */
export function ownIndent(body: string, offset: number): string {
  const lead = leadOf(body, offset);
  return /^[ \t]*$/.test(lead) ? lead : "";
}

/** The line end and indentation in front of what begins a line; `undefined` for what stands behind something else. */
export function ownLineBreak(body: string, offset: number): string | undefined {
  return /\r?\n[ \t]*$/.exec(body.slice(0, offset))?.[0];
}

/** How the line before an offset ends, or else the first line. */
export function eolOf(body: string, offset: number): string {
  const before = body.lastIndexOf("\n", offset - 1);
  const newline = before < 0 ? body.indexOf("\n") : before;
  return body[newline - 1] === "\r" ? "\r\n" : "\n";
}
