/**
 * Changes of a presigned URL, part by part: scheme, host, path, and the query's parameters in any order, number and
 * spelling.
 *
 * @module
 */

import { below, pick, type Random } from "../seeded_random.ts";
import { EXPIRES, HOST_EDITS, HOSTS, NAMES, PATHS, SCHEMES, SCOPE_VALUES } from "./aws_forgeries.ts";
import { mutateText, replaceAt, type TextTables, upperCase } from "./mutate_text.ts";
import { type Pair, readParts, scopeOf, set, setScope, type UrlParts, valueOf, writeParts } from "./url_parts.ts";

/** Where a change is made. */
interface Site {
  readonly url: UrlParts;
  /** That of another token. */
  readonly foreign: UrlParts;
  readonly tables: TextTables;
  readonly random: Random;
}

/** The most changeable character of each value that the grammar leaves open, so that a change can reach STS. */
const OPEN_VALUES: Readonly<Record<string, string>> = {
  "X-Amz-Credential": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
  "X-Amz-Date": "0123456789",
  "X-Amz-Expires": "123456789",
  "X-Amz-Security-Token": "ABCDEFabcdef0123456789",
  "X-Amz-Signature": "0123456789abcdef",
};

const CHANGES: ReadonlyArray<(site: Site) => void> = [
  ({ url: { pairs }, random }) => void pairs.splice(below(pairs.length, random), 1),
  ({ url: { pairs }, random }) => putIn(pairs, { ...pickPair(pairs, random) }, random),
  ({ url: { pairs }, random }) => {
    const { name, value } = pickPair(pairs, random);
    putIn(pairs, { name: random() < 0.5 ? name.toLowerCase() : upperCase(name), value }, random);
  },
  ({ url: { pairs }, foreign, random }) => putIn(pairs, { ...pickPair(foreign.pairs, random) }, random),
  ({ url: { pairs }, foreign, random }) => {
    const theirs = pickPair(foreign.pairs, random);
    const own = pairs.find(({ name }) => name === theirs.name);
    if (own !== undefined) own.value = theirs.value;
  },
  ({ url: { pairs }, foreign, random }) => {
    const { name, value } = pickPair(foreign.pairs, random);
    putIn(pairs, { name: name.toLowerCase(), value }, random);
  },
  ({ url: { pairs }, random }) => void (pickPair(pairs, random).name = pick(NAMES, random)),
  ({ url: { pairs }, random }) => {
    const pair = pickPair(pairs, random);
    pair.name = pick([pair.name.toLowerCase(), upperCase(pair.name), `${pair.name}[]`, `${pair.name}%00`], random);
  },
  ({ url: { pairs }, random }) => putIn(pairs, { name: pick(NAMES, random), value: "x" }, random),
  ({ url: { pairs }, random }) => {
    const [a, b] = [pickPair(pairs, random), pickPair(pairs, random)];
    [a.value, b.value] = [b.value, a.value];
  },
  ({ url: { pairs } }) => void pairs.reverse(),
  ({ url: { pairs }, random }) => {
    for (let moves = pairs.length; moves > 0; moves--) {
      putIn(pairs, pairs.splice(below(pairs.length, random), 1)[0]!, random);
    }
  },
  ({ url: { pairs }, tables, random }) => {
    const pair = pickPair(pairs, random);
    pair.value = mutateText(pair.value, "", tables, random);
  },
  ({ url: { pairs }, random }) => {
    const pair = pickPair(pairs, random);
    const part = random() < 0.3 ? "name" : "value";
    pair[part] = respell(pair[part], random);
  },
  ({ url, random }) => void (url.host = pick(HOSTS, random)),
  ({ url, foreign, random }) => void (url.host = pick(HOST_EDITS, random)(url.host, foreign.host)),
  ({ url, foreign }) => void (url.host = foreign.host),
  ({ url, foreign }) => {
    url.host = foreign.host;
    setScope(url.pairs, 2, scopeOf(foreign.pairs)[2] ?? "");
  },
  ({ url: { pairs }, random }) => setScope(pairs, 1 + below(5, random), pick(SCOPE_VALUES, random)),
  ({ url: { pairs }, foreign, random }) => {
    const at = below(5, random);
    setScope(pairs, at, scopeOf(foreign.pairs)[at] ?? "");
  },
  ({ url: { pairs }, random }) => set(pairs, "X-Amz-Expires", pick(EXPIRES, random)),
  ({ url: { pairs }, random }) => {
    const two = (limit: number) => String(below(limit, random)).padStart(2, "0");
    const date = `202611${pick(["21", "22", "22", "22", "23"], random)}T${two(25)}${two(61)}${two(61)}Z`;
    set(pairs, "X-Amz-Date", date);
    if (random() < 0.5) setScope(pairs, 1, date.slice(0, 8));
  },
  ({ url: { pairs }, random }) => {
    const [name, characters] = pick(Object.entries(OPEN_VALUES), random);
    const value = valueOf(pairs, name);
    // The part of a credential in front of its scope is open.
    const open = value.includes("%2F") ? value.indexOf("%2F") : value.length;
    if (open > 0) set(pairs, name, replaceAt(value, below(open, random), pick([...characters], random)));
  },
  ({ url, random }) => void (url.scheme = pick(SCHEMES, random)),
  ({ url, random }) => void (url.path = pick(PATHS, random)),
  ({ url, random }) => void (url.separator = pick([";", "&&", "&amp;", "&\n", "%26", "?"], random)),
  ({ url, random }) => void (url.end = pick(["#", "#x", "&", "?", " ", "\n", "\0", "%0A", "&=", "&x", "%"], random)),
];

/** Changes one part of a URL; what does not look like one is left as it is. */
export function mutateUrl(url: string, otherUrl: string, tables: TextTables, random: Random): string {
  const parts = readParts(url);
  const foreign = readParts(otherUrl);
  if (parts === undefined || foreign === undefined) return url;
  pick(CHANGES, random)({ url: parts, foreign, tables, random });
  return writeParts(parts);
}

/** Writes one character in another way: escaped without need, with other hex digits, twice, or not at all. */
function respell(text: string, random: Random): string {
  if (text === "") return text;
  const escapes = [...text.matchAll(/%[0-9A-Fa-f]{2}/g)];
  if (escapes.length > 0 && random() < 0.6) {
    const { index, 0: escape } = pick(escapes, random);
    const decoded = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    const spelt = pick([escape.toLowerCase(), decoded, `%25${escape.slice(1)}`, escape.slice(0, 2), "+"], random);
    return text.slice(0, index) + spelt + text.slice(index + escape.length);
  }
  const at = below(text.length, random);
  return replaceAt(text, at, `%${text.charCodeAt(at).toString(16).toUpperCase().padStart(2, "0")}`);
}

function pickPair(pairs: readonly Pair[], random: Random): Pair {
  return pairs.length === 0 ? { name: "", value: "" } : pick(pairs, random);
}

function putIn(pairs: Pair[], pair: Pair, random: Random): void {
  pairs.splice(below(pairs.length + 1, random), 0, pair);
}
