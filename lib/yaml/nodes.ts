/**
 * Where the values of a parsed YAML document stand in its text, and in which form. Knows nothing of changes.
 *
 * @module
 */

import { isCollection, isPair, isScalar, type Node, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";

/** A key and its value in a map. */
export type KeyAndValue = Pair<Node, Node | null>;

/** Whether a value is `null`, written or not. */
export function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** Whether something stands in brackets or braces. */
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
  if (last === undefined) return start;
  return isPair(last) ? pairEnd(last as KeyAndValue) : contentEnd(last as Node);
}

/** Where a key and its value end, comments after them left out. */
export function pairEnd(pair: KeyAndValue): number {
  return Math.max(contentEnd(pair.key), colonEnd(pair), pair.value === null ? 0 : contentEnd(pair.value));
}

/** Where the line begins that holds an offset. */
export function lineStart(body: string, offset: number): number {
  return body.lastIndexOf("\n", offset - 1) + 1;
}

/** How many characters stand in front of an offset on its line. */
export function columnOf(body: string, offset: number): number {
  return offset - lineStart(body, offset);
}
