/**
 * How a value is written among what stands round it.
 *
 * @module
 */

import { stringify } from "yaml";

/** What can be written. */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** As kubectl writes; texts that YAML 1.1 takes for something else, as `yes` is, get quotes. */
const AS_KUBECTL = { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;

/** A map or a list in lines, without line ends. */
export function blockLines(value: YamlValue, indent: string): readonly string[] {
  return stringify(value, AS_KUBECTL).replace(/\n$/, "").split("\n").map((line) => line === "" ? "" : indent + line);
}

/** Where within brackets something stands. */
export interface FlowPlace {
  /** How the line is indented that it begins; empty where it stands among others on one line. */
  readonly indent: string;
  /** How many brackets stand round that line, which tells how far each indents. */
  readonly flows: number;
  readonly eol: string;
}

/** A value within brackets: JSON, which is YAML too. */
export function flowText(value: YamlValue, { indent, flows, eol }: FlowPlace): string {
  if (indent === "" || flows === 0) return JSON.stringify(value);
  const unit = indent.length % flows === 0 ? indent.slice(0, indent.length / flows) : "  ";
  return JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
}

/** A text, number or switch in the hand of the one before it: in its quotes, or plain where that is safe. */
export function scalarText(value: string | number | boolean | null, before: string): string {
  if (typeof value !== "string") return JSON.stringify(value);
  if (before.startsWith("'") && !/\p{Cc}/u.test(value)) return `'${value.replaceAll("'", "''")}'`;
  const plain = before.startsWith('"') ? "" : stringify(value, AS_KUBECTL).trimEnd();
  return plain === "" || plain.includes("\n") ? JSON.stringify(value) : plain;
}
