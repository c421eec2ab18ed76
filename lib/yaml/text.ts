/**
 * The letters of YAML: how a value is written among what stands round it, and how lines are put between lines. Knows
 * nothing of documents.
 *
 * @module
 */

import { stringify } from "yaml";
import { lineStart } from "./nodes.ts";

/** What can be written. */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** As kubectl writes; texts that YAML 1.1 takes for something else, as `yes` is, get quotes. */
const AS_KUBECTL = { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;

/** The text with another one in the place of a part of it. */
export function replaced(body: string, start: number, end: number, text: string): string {
  return body.slice(0, start) + text + body.slice(end);
}

/** How the line is indented on which something begins; empty where something else stands in front of it. */
export function ownLead(body: string, offset: number): string {
  const lead = body.slice(lineStart(body, offset), offset);
  return /^[ \t]*$/.test(lead) ? lead : "";
}

/** How the line before an offset ends, or else the first line. */
export function eolOf(body: string, offset: number): string {
  const before = body.lastIndexOf("\n", offset - 1);
  const newline = before < 0 ? body.indexOf("\n") : before;
  return body[newline - 1] === "\r" ? "\r\n" : "\n";
}

/** A map or a list in lines, without line ends. */
export function blockLines(value: YamlValue, indent: string): readonly string[] {
  return stringify(value, AS_KUBECTL).replace(/\n$/, "").split("\n").map((line) => line === "" ? "" : indent + line);
}

/** Where within brackets something stands. */
export interface FlowPlace {
  /** How the line is indented that it begins; empty where it stands among others on one line. */
  readonly lead: string;
  /** How many brackets stand round that line, which tells how far each indents. */
  readonly flows: number;
  readonly eol: string;
}

/** A value within brackets: JSON, which is YAML too. */
export function flowText(value: YamlValue, { lead, flows, eol }: FlowPlace): string {
  if (lead === "" || flows === 0) return JSON.stringify(value);
  const unit = lead.length % flows === 0 ? lead.slice(0, lead.length / flows) : "  ";
  return JSON.stringify(value, null, unit).replaceAll("\n", eol + lead);
}

/** A text, number or switch in the hand of the one before it: in its quotes, or plain where that is safe. */
export function scalarText(value: string | number | boolean | null, before: string): string {
  if (typeof value !== "string") return JSON.stringify(value);
  if (before.startsWith("'") && !/\p{Cc}/u.test(value)) return `'${value.replaceAll("'", "''")}'`;
  const plain = before.startsWith('"') ? "" : stringify(value, AS_KUBECTL).trimEnd();
  return plain === "" || plain.includes("\n") ? JSON.stringify(value) : plain;
}

/**
 * Puts lines below the one that holds what ends at an offset, and below the comments on that: those that follow at once,
 * indented further than `column`.
 */
export function insertLines(body: string, end: number, lines: readonly string[], column = Infinity): string {
  const eol = eolOf(body, end);
  let at = end > 0 && body[end - 1] === "\n" ? end : body.indexOf("\n", end) + 1 || body.length;
  for (;;) {
    const [comment, indent] = /^([ \t]*)#.*(?:\n|$)/.exec(body.slice(at)) ?? [];
    if (comment === undefined || indent!.length <= column) break;
    at += comment.length;
  }
  if (at === body.length && body !== "" && !body.endsWith("\n")) return body + eol + lines.join(eol);
  return body.slice(0, at) + lines.map((line) => line + eol).join("") + body.slice(at);
}
