/**
 * How the items of a YAML list are written, and a new one written alike.
 *
 * @module
 */

import { isMap, isPair, isSeq, type Node, type YAMLSeq } from "yaml";
import { columnOf, isFlow, leadOf } from "./positions.ts";

/** Keys and values of an item, in the order in which they are written. */
export type ItemFields = Readonly<Record<string, string | readonly string[]>>;

/** The hand of a block list. */
export interface ItemStyle {
  /** What is in front of the dash. */
  readonly indent: string;
  /** What stands between the dash and the first key. */
  readonly gap: string;
  /** The list in an item: in brackets, or with dashes so many columns right of its key. */
  readonly inner: "flow" | number;
}

/** As kubectl, eksctl and the other tools write a list. */
const USUAL: ItemStyle = { indent: "", gap: " ", inner: 0 };

/** Text that every YAML reader, of version 1.1 too, takes for itself without quotes; within brackets it needs them. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./@+=,*?-]*(?::+[A-Za-z0-9_./@+=,*?{}-]+)*$/;

/** What looks plain and is not: YAML 1.1's words for switches and nothing. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** The style of the last item that shows it; `undefined` stands for a list that is not there yet. */
export function itemStyle(text: string, list: YAMLSeq | undefined): ItemStyle {
  const last = list?.items.at(-1) as Node | undefined;
  if (list === undefined || isFlow(list) || last === undefined) return USUAL;
  const { indent, gap } = /^(?<indent> *)-(?<gap> +)$/.exec(leadOf(text, last.range![0]))?.groups ??
    { indent: " ".repeat(columnOf(text, list.range![0])), gap: USUAL.gap };
  return { indent: indent!, gap: gap!, inner: innerStyle(text, list) };
}

function innerStyle(text: string, list: YAMLSeq): ItemStyle["inner"] {
  const inner = (list.items as Node[]).flatMap((item) => isMap(item) ? item.items : [])
    .findLast((pair) => isPair(pair) && isSeq(pair.value));
  if (inner === undefined) return USUAL.inner;
  const value = inner.value as YAMLSeq;
  if (isFlow(value)) return "flow";
  return Math.max(0, columnOf(text, value.range![0]) - columnOf(text, (inner.key as Node).range![0]));
}

/** An item as lines of a block list, without line ends. */
export function blockItem(fields: ItemFields, { indent, gap, inner }: ItemStyle): readonly string[] {
  const lines = Object.entries(fields).flatMap(([key, value]) => {
    if (typeof value === "string") return [`${key}: ${scalar(value)}`];
    if (inner === "flow") return [`${key}: ${flowList(value)}`];
    return [`${key}:`, ...value.map((item) => `${" ".repeat(inner)}- ${scalar(item)}`)];
  });
  const hanging = indent + " ".repeat(1 + gap.length);
  return lines.map((line, i) => i === 0 ? `${indent}-${gap}${line}` : `${hanging}${line}`);
}

/** An item as it stands within brackets: JSON, which is YAML too. */
export function flowItem(fields: ItemFields): string {
  const pairs = Object.entries(fields).map(([key, value]) =>
    `${JSON.stringify(key)}: ${typeof value === "string" ? JSON.stringify(value) : flowList(value)}`
  );
  return `{${pairs.join(", ")}}`;
}

function flowList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
}

function scalar(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) ? text : JSON.stringify(text);
}
