/**
 * Names that are surely an accident, and what was probably meant: a list folded into a name, quotes that became part of
 * it, a placeholder in another tool's syntax, `system:master`. Says what it sees; decides nothing.
 *
 * @module
 */

import { characterName } from "../character_name.ts";
import { nearest } from "../nearest.ts";
import { quoted } from "../quote.ts";
import { placeholderFor } from "./template.ts";

/** What a name is for. */
export type NameUse = "username" | "group";

/** One kind of accident. */
interface Accident {
  /** How it shows in the name. */
  readonly pattern: RegExp;
  /** Which names it is looked for in; without it, all. */
  readonly only?: NameUse;
  /**
   * What happened and what to do, in words that follow `its username "…"`; `undefined` where it is none.
   *
   * @param found the group of the pattern, or all that it matched
   */
  readonly why: (found: string, name: string, use: NameUse) => string | undefined;
}

/** Groups that Kubernetes itself knows by these names ("Controlling Access", RBAC). */
const SYSTEM_GROUPS = [
  ...["masters", "nodes", "bootstrappers", "authenticated", "unauthenticated", "serviceaccounts", "monitoring"],
].map((name) => `system:${name}`);

/** Users that Kubernetes' parts have; a node's goes on with its name. */
const SYSTEM_USERS = [
  ...["kube-proxy", "kube-scheduler", "kube-controller-manager", "apiserver", "anonymous"],
].map((name) => `system:${name}`);

const NODE_USER = "system:node:";

/** From here on two letters may differ: `system:masters`. */
const LONG_NAME = 13;

/** What programs print where there is no value. */
const NOTHING = /^(null|nil|none|undefined|nan|\[object Object\])$/i;

/** Every kind; of several that fit one name, the first is reported. */
const ACCIDENTS: readonly Accident[] = [
  {
    pattern: /(?: |^)- /,
    only: "username",
    why: () => 'holds white space: a list without its key "groups:" was folded into it; write the key above the list',
  },
  {
    pattern: /(?: |^)- /,
    why: () => "holds white space: an item that is indented further was folded into it; align the items of the list",
  },
  {
    pattern: /^(["'`]).+\1$/,
    why: (_, name) =>
      `begins and ends with quotes, which are part of it; write ${quoted(name.slice(1, -1))} once quoted`,
  },
  {
    pattern: /([“”„‟«»‹›＂])|^([‘’‚‛＇])|([‘’‚‛＇])$/,
    why: (found) =>
      `holds the typographic quote ${characterName(found)}, which is part of it; write " or ' around names`,
  },
  {
    pattern: /<(?:no value|nil)>|%!\w\(/,
    why: () => "holds what a template of Go or Helm prints where it has no value; write the name that was meant",
  },
  {
    pattern: /<([^<>]*)>/,
    why: (found) => `holds "<${found}>", which another tool or a person did not fill in; ${fillIn(found)}`,
  },
  {
    pattern: /\$\{([^{}]*)\}|\$\(([^()]*)\)|\{%([^%]*)%\}|\[\[([^[\]]*)\]\]/,
    why: (found) => `has a placeholder in another tool's syntax; ${fillIn(found)}`,
  },
  {
    pattern: /(?<!\{)\{([^{}]*)\}(?!\})|\$(\w+)|%(\w+)%/,
    why: (found) => placeholderFor(found) && `has a placeholder in another syntax; ${fillIn(found)}`,
  },
  {
    pattern: /\{\{\{|\}\}\}/,
    why: () => "has three braces where a placeholder has two; the third is part of the name",
  },
  { pattern: NOTHING, why: () => "is what a program prints where it has no value; write the name that was meant" },
  { pattern: /^.*$/, only: "group", why: (_, name) => nearSystemName(name, SYSTEM_GROUPS) },
  { pattern: /^.*$/, only: "username", why: (_, name) => nearSystemUser(name) },
  {
    pattern: /:$/,
    only: "username",
    why: (_, name) =>
      name === NODE_USER
        ? 'ends in a colon: what was to follow is missing; write "system:node:{{EC2PrivateDNSName}}"'
        : "ends in a colon: what was to follow is missing; complete it, or leave out the colon",
  },
  { pattern: /\s/, why: () => "holds white space; write it without, unless this name is bound so" },
];

/** What any of them needs; of 100,000 names nearly none has it. */
const AT_ALL =
  /[\s"'`“”„‟‘’‚‛«»‹›＂＇<>$%[\]]|\{\{\{|\}\}\}|(?<!\{)\{(?!\{)|:$|^s\w{3,7}\W|^(null|nil|none|undefined|nan)$/i;

/** What is wrong with a name that surely nobody meant so, in words that follow the name; `undefined` where nothing is. */
export function accidentIn(name: string, use: NameUse): string | undefined {
  if (!AT_ALL.test(name)) return undefined;
  for (const { pattern, only, why } of ACCIDENTS) {
    const found = only === undefined || only === use ? pattern.exec(name) : null;
    if (found === null) continue;
    const told = why(found.slice(1).find((group) => group !== undefined) ?? found[0], name, use);
    if (told !== undefined) return told;
  }
  return undefined;
}

function fillIn(word: string): string {
  const meant = placeholderFor(word);
  return meant === undefined ? "write what was meant there" : `write "{{${meant}}}"`;
}

/** A name that differs from one that Kubernetes knows by a letter, or two where it is long. */
function nearSystemName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const meant = nearest(name, known, name.length < LONG_NAME ? 1 : 2);
  return meant && `is nothing that Kubernetes knows; did you mean ${quoted(meant)}?`;
}

function nearSystemUser(name: string): string | undefined {
  const [start] = /^[^:]*:[^:]*:/.exec(name) ?? [];
  if (start === undefined) return nearSystemName(name, SYSTEM_USERS);
  if (start === NODE_USER || nearest(start, [NODE_USER], 1) === undefined) return undefined;
  return `starts with ${quoted(start)}, and the names of nodes start with "${NODE_USER}"; correct it`;
}
