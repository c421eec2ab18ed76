/**
 * Mutants of valid Alibaba tokens, made at three levels: the token's text, the bytes of its JSON, and its members. Knows
 * nothing of what a reader should do with them.
 *
 * @module
 */

import { below, pick, type Random } from "./seeded_random.ts";

const PREFIX = "k8s-ack-v2.";

/** Most changes to one mutant. */
const MAX_CHANGES = 3;

/** Changes a token in one to three ways; parts of `others` may be spliced in. */
export function mutateToken(token: string, others: readonly string[], random: Random): string {
  let mutant = token;
  for (let left = 1 + below(MAX_CHANGES, random); left > 0; left--) {
    const other = pick(others, random);
    switch (below(4, random)) {
      case 0:
        mutant = mutateText(mutant, other, random);
        break;
      case 1:
        mutant = onJson(mutant, (json) => mutateText(json, decode(other) ?? "", random));
        break;
      case 2:
        mutant = onJson(mutant, (json) => mutateMembers(json, decode(other) ?? "", random));
        break;
      case 3:
        mutant = reencode(mutant, random);
        break;
    }
  }
  return mutant;
}

/** The JSON of a token with each byte as one character, or `undefined` where its base64 is broken. */
function decode(token: string): string | undefined {
  try {
    return atob(token.slice(PREFIX.length));
  } catch {
    return undefined;
  }
}

function onJson(token: string, change: (json: string) => string): string {
  const json = decode(token);
  return json === undefined ? token : encode(change(json));
}

/** A character that is no byte can only have come from an escape, and goes back into one. */
function encode(json: string): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return PREFIX + btoa(json.replace(/[\u0100-\uffff]/g, escape));
}

type TextChange = (text: string, at: number, other: string, random: Random) => string;

/** What may be put in anywhere; each character is below 256, because a JSON text is handled byte by byte. */
const INSERTIONS = [
  ..."\0\t\n\r \"',:;\\/{}[]%+=&#@._-~AZaz09\x7f\x80\xa0\xc3\xff",
  "\\u0041",
  "\\n",
  "\\/",
  "%0d%0a",
  "null",
  "\r\nx-acs-action: AssumeRole",
  ',"x-acs-date":"2026-11-22T12:00:01Z"',
  '"headers":{},',
];

const TEXT_CHANGES: readonly TextChange[] = [
  (text, at, _other, random) => replaceAt(text, at, String.fromCharCode(text.charCodeAt(at) ^ (1 << below(8, random)))),
  (text, at) => {
    const character = text[at]!;
    const lower = character.toLowerCase();
    return replaceAt(text, at, character === lower ? asciiUpper(character) : lower);
  },
  (text, at, _other, random) => text.slice(0, at) + text.slice(at + 1 + below(16, random)),
  (text, at, _other, random) => {
    const end = at + 1 + below(64, random);
    return text.slice(0, end) + text.slice(at);
  },
  (text, at, other, random) => text.slice(0, at) + other.slice(random() < 0.5 ? at : below(other.length, random)),
  (text, at, _other, random) => text.slice(0, at) + pick(INSERTIONS, random) + text.slice(at),
  (text, at, _other, random) => {
    const to = below(text.length, random);
    return replaceAt(replaceAt(text, at, text[to]!), to, text[at]!);
  },
  (text, at, _other, random) => {
    const [from, to] = pick(REPLACEMENTS, random);
    const found = text.indexOf(from, at);
    return found === -1 ? text.replace(from, to) : text.slice(0, found) + to + text.slice(found + from.length);
  },
];

/** Header edits that a forger would try first. */
const REPLACEMENTS: readonly (readonly [string, string])[] = [
  ["GetCallerIdentity", "AssumeRole"],
  ["2015-04-01", "2014-05-26"],
  ["x-acs-date;", ""],
  ["x-acs-action;x-acs-content-sha256", "x-acs-content-sha256;x-acs-action"],
  ["SignedHeaders=", "SignedHeaders=host;"],
  ["Credential=", "Credential=LTAI5tMadeUpDemoBob002,Credential="],
  [",Signature=", ", Signature="],
  ["ACS3-HMAC-SHA256", "ACS3-HMAC-SM3"],
  ["x-acs-", "X-Acs-"],
  ["ACKClusterId", "ackclusterid"],
  ['"POST"', '"GET"'],
  ['"/"', '"//"'],
  ['{"ACKClusterId"', '{"Action":"AssumeRole","ACKClusterId"'],
  ["Authorization", "authorization"],
  ["user-agent", "host"],
  ["Alice", "alice"],
  [":00Z", ":01Z"],
  ["}}", "}} "],
  ['":"', '" : "'],
  ['","', '",\n"'],
];

function mutateText(text: string, other: string, random: Random): string {
  return text === "" ? text : pick(TEXT_CHANGES, random)(text, below(text.length, random), other, random);
}

function replaceAt(text: string, at: number, character: string): string {
  return text.slice(0, at) + character + text.slice(at + 1);
}

function asciiUpper(character: string): string {
  return character >= "a" && character <= "z" ? character.toUpperCase() : character;
}

/** A value with its members in a list, so that a key can stand twice; `raw` is written as it is. */
type Value = string | { readonly raw: string } | Member[];
interface Member {
  key: string;
  value: Value;
}

const RAW_VALUES = ["null", "true", "0", "-1", "1e999", "[]", "{}", '[["x"]]', '""', "{", "NaN", '"\\ud800"'];
const KEYS = [
  ...["clusterId", "method", "path", "query", "headers", "ACKClusterId", "Authorization", "user-agent", "host"],
  ...["x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-security-token", "x-acs-version", "body"],
  ...["__proto__", "constructor", "toString", "", "x-acs-signature-nonce", "Action", "SecurityToken"],
];

/** Values that the grammar leaves open, so that a change of one character can reach STS. */
const OPEN_VALUES = ["Authorization", "x-acs-date", "x-acs-security-token"];

type MembersChange = (members: Member[], objects: readonly Member[][], other: readonly Member[][], r: Random) => void;

const MEMBERS_CHANGES: readonly MembersChange[] = [
  (members, _objects, _other, random) => void members.splice(below(members.length, random), 1),
  (members, _objects, _other, random) => void members.push({ ...pick(members, random) }),
  (members, _objects, _other, random) => void (pick(members, random).key = pick(KEYS, random)),
  (members, _objects, _other, random) => {
    const member = pick(members, random);
    member.key = random() < 0.5 ? member.key.toUpperCase() : `${member.key}${pick([" ", "\0", "_", "s"], random)}`;
  },
  (members, _objects, _other, random) => void (pick(members, random).value = { raw: pick(RAW_VALUES, random) }),
  (members, _objects, _other, random) => {
    const [a, b] = [pick(members, random), pick(members, random)];
    [a.value, b.value] = [b.value, a.value];
  },
  (members, objects, _other, random) => {
    const [moved] = members.splice(below(members.length, random), 1);
    pick(objects, random).push(moved!);
  },
  (members, _objects, other, random) => {
    const foreign = pick(pick(other, random), random);
    const own = members.find(({ key }) => key === foreign.key);
    if (own === undefined || random() < 0.2) members.push(foreign);
    else own.value = foreign.value;
  },
  (members, _objects, _other, random) => {
    members.splice(below(members.length, random), 0, { key: pick(KEYS, random), value: "x" });
  },
  (members, _objects, _other, random) => {
    const member = pick(members, random);
    if (typeof member.value === "string") member.value = mutateText(member.value, "", random);
  },
  (members, _objects, _other, random) => {
    const member = members.find(({ key }) => key === "user-agent" || key === "clusterId");
    if (member !== undefined) member.value = `other ${below(1_000, random)}`;
  },
  (members) => void members.reverse(),
  (_members, objects, _other, random) => {
    const open = objects.flat().filter(({ key }) => OPEN_VALUES.includes(key));
    const member = open.length === 0 ? undefined : pick(open, random);
    if (typeof member?.value !== "string" || member.value === "") return;
    const at = random() < 0.5 ? below(member.value.length, random) : member.value.length - 1 - below(30, random);
    member.value = replaceAt(member.value, Math.max(0, at), pick([..."0123456789abcdefABCDEF"], random));
  },
];

function mutateMembers(json: string, otherJson: string, random: Random): string {
  const root = parseMembers(json);
  const other = parseMembers(otherJson);
  if (root === undefined || other === undefined) return json;
  const objects = objectsIn(root).filter((members) => members.length > 0);
  const foreign = objectsIn(other).filter((members) => members.length > 0);
  if (objects.length > 0 && foreign.length > 0 && random() < 0.8) {
    pick(MEMBERS_CHANGES, random)(pick(objects, random), objects, foreign, random);
  }
  const style = { escapes: random() < 0.3 ? random() : 0, spaces: random() < 0.3 ? random() : 0 };
  return writeValue(root, style, random, 0);
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

type Reencoding = (token: string, random: Random) => string;

const REENCODINGS: readonly Reencoding[] = [
  (token) => token.replaceAll("+", "-").replaceAll("/", "_"),
  (token) => token.replace(/=+$/, ""),
  (token) => `${token}=`,
  (token) => `${token}==`,
  (token, random) => `${token}${pick([" ", "\n", "\0", "."], random)}`,
  (token, random) => {
    const at = below(token.length, random);
    return `${token.slice(0, at)}${pick(["\n", "\r\n", " ", "="], random)}${token.slice(at)}`;
  },
  (token, random) => {
    // The last digit before the padding holds bits that no byte uses.
    const end = token.indexOf("=");
    const at = end === -1 ? token.length - 1 : end - 1;
    return replaceAt(token, at, pick([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"], random));
  },
  (token, random) => onJson(token, (json) => json + " ".repeat(below(4, random))),
  (token) => onJson(token, (json) => `\xef\xbb\xbf${json}`),
  (token) => onJson(token, (json) => json + json),
  (token) => PREFIX + token,
  (token) => PREFIX + btoa(Array.from(token, (c) => c.charCodeAt(0) < 256 ? c : "?").join("")),
  (token, random) => pick(["k8s-ack-v1.", "k8s-aws-v1.", "K8s-ack-v2.", ""], random) + token.slice(PREFIX.length),
];

function reencode(token: string, random: Random): string {
  return pick(REENCODINGS, random)(token, random);
}
