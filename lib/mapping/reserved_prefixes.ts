/**
 * `reservedPrefixConfig`: which usernames a source must not give.
 *
 * @module
 */

import { type Position, YamlError, type YamlNode, type YamlProblem } from "../yaml/read.ts";
import { BACKEND_MODE_NAMES, type BackendMode, readBackendMode } from "./backend_mode.ts";
import { kindOf, readFields } from "./fields.ts";
import { quoted } from "../quote.ts";

/** The reserved prefixes of usernames, by source; a source that is not named has none. */
export type ReservedPrefixes = ReadonlyMap<BackendMode, readonly string[]>;

/**
 * Reads the value of the key `reservedPrefixConfig`; `undefined` where the key is absent.
 *
 * Unlike a mapping, a bad entry is not invalid: it is a protection that somebody counts on (S-8).
 *
 * @throws {YamlError} with every problem
 */
export function parseReservedPrefixes(node: YamlNode | undefined): ReservedPrefixes {
  const reserved = new Map<BackendMode, readonly string[]>();
  if (node === undefined || isEmpty(node)) return reserved;
  const problems: YamlProblem[] = [];
  const refuse = ({ line, column }: Position, why: string): undefined =>
    void problems.push({ line, column, message: `Cannot use reservedPrefixConfig: ${why}` });

  if (node.kind !== "list") refuse(node, `it is ${kindOf(node)}; write a list of entries`);
  for (const entry of node.kind === "list" ? node.items : []) {
    if (entry.kind !== "map") {
      refuse(entry, `an entry is ${kindOf(entry)}; write a map with backendMode and usernamePrefixReserveList`);
      continue;
    }
    const { fields, faults } = readFields(entry, ["backendMode", "usernamePrefixReserveList"]);
    for (const { at, why } of faults) refuse(at, why);
    const mode = readMode(fields.get("backendMode"), entry, refuse);
    const prefixes = readPrefixes(fields.get("usernamePrefixReserveList"), entry, refuse);
    if (mode === undefined || prefixes === undefined) continue;
    if (reserved.has(mode)) refuse(entry, `"${mode}" has an entry already; write its prefixes in one list`);
    else reserved.set(mode, prefixes);
  }
  if (problems.length > 0) throw new YamlError(problems);
  return reserved;
}

type Refuse = (at: YamlNode, why: string) => undefined;

function readMode(node: YamlNode | undefined, entry: YamlNode, refuse: Refuse): BackendMode | undefined {
  const known = `known are ${BACKEND_MODE_NAMES.join(", ")}`;
  if (node === undefined) return refuse(entry, `an entry has no backendMode; ${known}`);
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : "";
  return readBackendMode(text) ?? refuse(node, `backendMode ${quoted(text)} is unknown; ${known}`);
}

/** An empty prefix would reserve every username, so it is taken for the slip that it is. */
function readPrefixes(node: YamlNode | undefined, entry: YamlNode, refuse: Refuse): readonly string[] | undefined {
  if (node?.kind !== "list") {
    return refuse(node ?? entry, `an entry has no list usernamePrefixReserveList; write one, such as ["system:"]`);
  }
  const prefixes: string[] = [];
  for (const item of node.items) {
    if (item.kind === "scalar" && typeof item.value === "string" && item.value !== "") prefixes.push(item.value);
    else refuse(item, `a reserved prefix is ${kindOf(item)}; write a text that is not empty`);
  }
  return prefixes.length === node.items.length ? prefixes : undefined;
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
