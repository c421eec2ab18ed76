/**
 * `reservedPrefixConfig`: which names a source must not give. A list only ever forbids; what a source may not give by
 * default is allowed by a key that says so, and by nothing else.
 *
 * @module
 */

import { type Position, YamlError, type YamlNode, type YamlProblem } from "../yaml/node.ts";
import type { CloudId } from "../identity/identity.ts";
import { BACKEND_MODE_NAMES, type BackendMode, configMapMode, readBackendMode } from "./backend_mode.ts";
import { kindOf, readFields } from "./fields.ts";
import { quoted } from "../quote.ts";

/** How an entry names the delegate of the server, which is no mapping source and yet gives names. */
export const DELEGATE = "Delegate";

/** What gives names. */
export type NameGiver = BackendMode | typeof DELEGATE;

/** What an entry says about one source. */
export interface Reservation {
  /** `usernamePrefixReserveList`: no username of the source may start with one of these. */
  readonly usernamePrefixes: readonly string[];
  /** `groupPrefixReserveList`: no group of the source may start with one of these. */
  readonly groupPrefixes: readonly string[];
  /** `systemNames: allow`: the source may give names that start with `system:`. */
  readonly allowsSystemNames: boolean;
  /** `adminGroups: allow`: the source may give the groups that are bound to administrators. */
  readonly allowsAdminGroups: boolean;
}

/**
 * The entries, by source; a source that is not named has none. While a server runs, a reload changes the entries in
 * place, for all sources at once: look them up again for each use.
 */
export type ReservedPrefixes = ReadonlyMap<NameGiver, Reservation>;

/** The keys of an entry that allow something, and the one value that they take. */
const ALLOW = "allow";

const KEYS = [
  "backendMode",
  "usernamePrefixReserveList",
  "groupPrefixReserveList",
  "systemNames",
  "adminGroups",
] as const;

/** The sources that have an entry and are not in use, such as one that was named by an alias of another cloud's. */
export function reservedForOthers(reserved: ReservedPrefixes, inUse: readonly NameGiver[]): readonly NameGiver[] {
  return [...reserved.keys()].filter((mode) => !inUse.includes(mode));
}

/**
 * Reads the value of the key `reservedPrefixConfig`; `undefined` where the key is absent.
 *
 * @param clouds those whose tokens are accepted, by which "ConfigMap" has a meaning
 *
 * Unlike a mapping, a bad entry is not invalid: it is a protection that somebody counts on (S-8).
 *
 * @throws {YamlError} with every problem
 */
export function parseReservedPrefixes(
  node: YamlNode | undefined,
  clouds: readonly CloudId[] = [],
): ReservedPrefixes {
  const reserved = new Map<NameGiver, Reservation>();
  if (node === undefined || isEmpty(node)) return reserved;
  const problems: YamlProblem[] = [];
  const refuse = ({ line, column }: Position, why: string): undefined =>
    void problems.push({ line, column, message: `Cannot use reservedPrefixConfig: ${why}` });

  const configMap = configMapMode(node.kind === "list" ? node.items.flatMap(namesIn) : [], clouds);
  if (node.kind !== "list") refuse(node, `it is ${kindOf(node)}; write a list of entries`);
  for (const entry of node.kind === "list" ? node.items : []) {
    if (entry.kind !== "map") {
      refuse(entry, `an entry is ${kindOf(entry)}; write a map with backendMode and usernamePrefixReserveList`);
      continue;
    }
    const { fields, faults } = readFields(entry, KEYS);
    for (const { at, why } of faults) refuse(at, why);
    const mode = readMode(fields.get("backendMode"), entry, { refuse, configMap });
    if (fields.size <= (mode === undefined ? 0 : 1)) {
      refuse(entry, `an entry reserves and allows nothing; write usernamePrefixReserveList, such as ["system:"]`);
    }
    const reservation = {
      usernamePrefixes: readPrefixes("usernamePrefixReserveList", fields, refuse),
      groupPrefixes: readPrefixes("groupPrefixReserveList", fields, refuse),
      allowsSystemNames: readAllow("systemNames", fields, refuse),
      allowsAdminGroups: readAllow("adminGroups", fields, refuse),
    };
    if (mode === undefined) continue;
    if (reserved.has(mode)) refuse(entry, `"${mode}" has an entry already; write its prefixes in one list`);
    else reserved.set(mode, reservation);
  }
  if (problems.length > 0) throw new YamlError(problems);
  return reserved;
}

type Refuse = (at: YamlNode, why: string) => undefined;

/** The sources that an entry names, in its own words. */
function namesIn(entry: YamlNode): string[] {
  const { fields } = entry.kind === "map" ? readFields(entry, KEYS) : { fields: new Map<string, YamlNode>() };
  const node = fields.get("backendMode");
  return node?.kind === "scalar" ? [node.text] : [];
}

function readMode(
  node: YamlNode | undefined,
  entry: YamlNode,
  { refuse, configMap }: { readonly refuse: Refuse; readonly configMap: BackendMode },
): NameGiver | undefined {
  const known = `known are ${[...BACKEND_MODE_NAMES, DELEGATE].join(", ")}`;
  if (node === undefined) return refuse(entry, `an entry has no backendMode; ${known}`);
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : "";
  if (text === DELEGATE) return DELEGATE;
  return readBackendMode(text, configMap) ?? refuse(node, `backendMode ${quoted(text)} is unknown; ${known}`);
}

type Fields = ReadonlyMap<(typeof KEYS)[number], YamlNode>;

/** An empty prefix would reserve every name, so it is taken for the slip that it is. */
function readPrefixes(
  key: "usernamePrefixReserveList" | "groupPrefixReserveList",
  fields: Fields,
  refuse: Refuse,
): readonly string[] {
  const node = fields.get(key);
  if (node === undefined) return [];
  if (node.kind !== "list") {
    refuse(node, `${key} is ${kindOf(node)}; write a list, such as ["system:"]`);
    return [];
  }
  return node.items.flatMap((item) => {
    if (item.kind === "scalar" && typeof item.value === "string" && item.value !== "") return [item.value];
    refuse(item, `a reserved prefix is ${kindOf(item)}; write a text that is not empty`);
    return [];
  });
}

/** Anything but the word itself is refused: a right that is given by a slip is given to somebody. */
function readAllow(key: "systemNames" | "adminGroups", fields: Fields, refuse: Refuse): boolean {
  const node = fields.get(key);
  if (node === undefined) return false;
  if (node.kind === "scalar" && node.value === ALLOW) return true;
  refuse(node, `${key} takes only the word "${ALLOW}"; write it, or remove the key`);
  return false;
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
