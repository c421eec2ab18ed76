/**
 * Changes of JSON, member by member. Keys may stand twice and in any order, and every text in any of its spellings.
 *
 * @module
 */

import { below, pick, type Random } from "../seeded_random.ts";
import { mutateText, replaceAt, type TextTables } from "./mutate_text.ts";

/** A value with its members in a list, so that a key can stand twice; `raw` is written as it is. */
type Value = string | { readonly raw: string } | Member[];
interface Member {
  key: string;
  value: Value;
}

/** Where a change is made. */
interface Site {
  /** Of the object that is changed; at least one. */
  readonly members: Member[];
  /** All objects of the JSON that have members. */
  readonly objects: readonly Member[][];
  /** Those of another token. */
  readonly foreign: readonly Member[][];
  readonly tables: TextTables;
  readonly random: Random;
}

const RAW_VALUES = ["null", "true", "0", "-1", "1e999", "[]", "{}", '[["x"]]', '""', "{", "NaN", '"\\ud800"'];
const KEYS = [
  ...["clusterId", "method", "path", "query", "headers", "ACKClusterId", "Authorization", "user-agent", "host"],
  ...["x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-security-token", "x-acs-version", "body"],
  ...["__proto__", "constructor", "toString", "", "x-acs-signature-nonce", "Action", "SecurityToken"],
];

/** Values that the grammar leaves open, so that a change of one character can reach STS. */
const OPEN_VALUES = ["Authorization", "x-acs-date", "x-acs-security-token"];

const CHANGES: ReadonlyArray<(site: Site) => void> = [
  ({ members, random }) => void members.splice(below(members.length, random), 1),
  ({ members, random }) => void members.push({ ...pick(members, random) }),
  ({ members, random }) => void (pick(members, random).key = pick(KEYS, random)),
  ({ members, random }) => {
    const member = pick(members, random);
    member.key = random() < 0.5 ? member.key.toUpperCase() : `${member.key}${pick([" ", "\0", "_", "s"], random)}`;
  },
  ({ members, random }) => void (pick(members, random).value = { raw: pick(RAW_VALUES, random) }),
  ({ members, random }) => {
    const [a, b] = [pick(members, random), pick(members, random)];
    [a.value, b.value] = [b.value, a.value];
  },
  ({ members, objects, random }) => {
    const [moved] = members.splice(below(members.length, random), 1);
    pick(objects, random).push(moved!);
  },
  ({ members, foreign, random }) => {
    const theirs = pick(pick(foreign, random), random);
    const own = members.find(({ key }) => key === theirs.key);
    if (own === undefined || random() < 0.2) members.push(theirs);
    else own.value = theirs.value;
  },
  ({ members, random }) => {
    members.splice(below(members.length, random), 0, { key: pick(KEYS, random), value: "x" });
  },
  ({ members, tables, random }) => {
    const member = pick(members, random);
    if (typeof member.value === "string") member.value = mutateText(member.value, "", tables, random);
  },
  ({ members, random }) => {
    const member = members.find(({ key }) => key === "user-agent" || key === "clusterId");
    if (member !== undefined) member.value = `other ${below(1_000, random)}`;
  },
  ({ members }) => void members.reverse(),
  // Twice: what reaches STS is the rarest of mutants.
  changeOpenValue,
  changeOpenValue,
];

/** Changes one member of a JSON object, and may spell the whole anew; what is no JSON object is left as it is. */
export function mutateJson(json: string, otherJson: string, tables: TextTables, random: Random): string {
  const root = parseMembers(json);
  const other = parseMembers(otherJson);
  if (root === undefined || other === undefined) return json;
  const objects = objectsIn(root).filter((members) => members.length > 0);
  const foreign = objectsIn(other).filter((members) => members.length > 0);
  if (objects.length > 0 && foreign.length > 0 && random() < 0.8) {
    pick(CHANGES, random)({ members: pick(objects, random), objects, foreign, tables, random });
  }
  const style = { escapes: random() < 0.3 ? random() : 0, spaces: random() < 0.3 ? random() : 0 };
  return escapeNonBytes(writeValue(root, style, random, 0));
}

function changeOpenValue({ objects, random }: Site): void {
  const open = objects.flat().filter(({ key }) => OPEN_VALUES.includes(key));
  const member = open.length === 0 ? undefined : pick(open, random);
  if (typeof member?.value !== "string" || member.value === "") return;
  const at = random() < 0.5 ? below(member.value.length, random) : member.value.length - 1 - below(30, random);
  member.value = replaceAt(member.value, Math.max(0, at), pick([..."0123456789abcdefABCDEF"], random));
}

function parseMembers(json: string): Member[] | undefined {
  const toValue = (value: unknown): Value => {
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return { raw: JSON.stringify(value) };
    return Object.entries(value).map(([key, member]) => ({ key, value: toValue(member) }));
  };
  try {
    const root = toValue(JSON.parse(json));
    return Array.isArray(root) ? root : undefined;
  } catch {
    return undefined;
  }
}

function objectsIn(members: Member[]): Member[][] {
  return [members, ...members.flatMap(({ value }) => Array.isArray(value) ? objectsIn(value) : [])];
}

/** How often characters are escaped and white space is put in, from 0 to 1. */
interface Style {
  readonly escapes: number;
  readonly spaces: number;
}

/** Deepest nesting that is written: moved members may have come to hold themselves. */
const MAX_DEPTH = 6;

function writeValue(value: Value, style: Style, random: Random, depth: number): string {
  if (typeof value === "string") return writeText(value, style, random);
  if (!Array.isArray(value)) return value.raw;
  if (depth > MAX_DEPTH) return "{}";
  const space = () => random() < style.spaces ? pick([" ", "\n", "\t", "\r\n"], random) : "";
  const members = value.map((member) => {
    const key = writeText(member.key, style, random);
    return `${space()}${key}${space()}:${space()}${writeValue(member.value, style, random, depth + 1)}${space()}`;
  });
  return `{${members.join(",")}}`;
}

function writeText(text: string, { escapes }: Style, random: Random): string {
  if (escapes === 0) return JSON.stringify(text);
  const characters = Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    const escaped = `\\u${code.toString(16).padStart(4, "0")}`;
    return code < 0x80 && random() < escapes ? escaped : JSON.stringify(character).slice(1, -1);
  });
  return `"${characters.join("")}"`;
}

/** A character that is no byte can only have come from an escape, and goes back into one. */
function escapeNonBytes(json: string): string {
  return json.replace(/[\u0100-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
