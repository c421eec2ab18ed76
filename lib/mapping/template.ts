/**
 * Names with placeholders: `admin:{{SessionName}}`. Read once when mappings are loaded, and filled in one pass, so that
 * a session name that looks like a placeholder stays the text it is.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { nameFault } from "./name.ts";
import { nearest } from "../nearest.ts";
import { quoted } from "../quote.ts";

/** What a placeholder may need beyond the identity itself, because it has to be asked for. */
export interface LookedUp {
  /** Of the EC2 instance that the identity is; there wherever {@linkcode needsPrivateDnsName} says so. */
  readonly privateDnsName?: string;
}

/**
 * What each placeholder stands for, spelled as the other tools spell it.
 *
 * `SessionName` writes `@` as `-`, as both other tools do. So the sessions `a@b` and `a-b` become one user; a rule that
 * must tell them apart uses `SessionNameRaw`.
 */
const PLACEHOLDERS = {
  AccountID: (identity) => identity.accountId,
  SessionName: (identity) => identity.sessionName.replaceAll("@", "-"),
  SessionNameRaw: (identity) => identity.sessionName,
  AccessKeyID: (identity) => identity.accessKeyId,
  EC2PrivateDNSName: (_, { privateDnsName }) => {
    if (privateDnsName === undefined) throw new Error("Cannot fill in a name: its instance was not looked up");
    return privateDnsName;
  },
} as const satisfies Readonly<Record<string, (identity: Identity, lookedUp: LookedUp) => string>>;

type Placeholder = keyof typeof PLACEHOLDERS;

const PLACEHOLDER_NAMES = Object.keys(PLACEHOLDERS) as readonly Placeholder[];

/** Stands in for what will fill a placeholder, when the text round it is judged. */
const ANY_VALUE = "x";

/** A name of a rule. Built only by {@linkcode parseTemplate}. */
export interface Template {
  /** As the operator wrote it. */
  readonly source: string;
  /** The text before the first placeholder: all of it where there is none. */
  readonly literalStart: string;
  /** What follows it: nothing in most names, so that 100,000 of them take little memory. */
  readonly rest: readonly Filling[];
}

/** A placeholder, and the text behind it. */
export interface Filling {
  readonly name: Placeholder;
  readonly after: string;
}

const NO_FILLINGS: readonly Filling[] = [];

/** The text cannot be the name of a user or group. Trust: operators write mappings. */
export class TemplateError extends RamAuthError {
  readonly code = "ERR_TEMPLATE";

  constructor(source: string, why: string) {
    super(`Cannot use the name ${quoted(source)}: ${why}`);
  }
}

/**
 * Reads a name that a rule gives.
 *
 * A placeholder nobody knows is refused: as plain text it would be a name that is the same for everybody.
 *
 * @throws {TemplateError} if a placeholder is unknown or left open, or whatever it is filled with the name is not good
 */
export function parseTemplate(source: string): Template {
  // With a group in its pattern, split() gives literals at even places and placeholder names between them.
  const [literalStart = "", ...others] = source.split(/\{\{([^{}]*)\}\}/);
  const rest = others.length === 0 ? NO_FILLINGS : Array.from({ length: others.length / 2 }, (_, i): Filling => {
    return { name: readPlaceholder(others[2 * i]!, source), after: others[2 * i + 1]! };
  });
  if ([literalStart, ...rest.map(({ after }) => after)].some((text) => /\{\{|\}\}/.test(text))) {
    throw new TemplateError(source, `it has "{{" or "}}" without its partner; write placeholders as "{{SessionName}}"`);
  }
  const fault = nameFault(fill({ literalStart, rest }, () => ANY_VALUE));
  if (fault !== undefined) throw new TemplateError(source, `it ${fault}; write a name that people can read`);
  return { source, literalStart, rest };
}

/** Whether a template can be filled only once somebody has asked EC2. */
export function needsPrivateDnsName({ rest }: Template): boolean {
  return rest.some(({ name }) => name === "EC2PrivateDNSName");
}

/** Fills a template. The result is not checked: only the one place that makes users of it knows what is reserved. */
export function renderTemplate(template: Template, identity: Identity, lookedUp: LookedUp = {}): string {
  return fill(template, (name) => PLACEHOLDERS[name](identity, lookedUp));
}

/** The placeholder that is meant by a word of another syntax: `.SessionName`, `session_name`. */
export function placeholderFor(word: string): string | undefined {
  const bare = bareWord(word);
  return PLACEHOLDER_NAMES.find((name) => bareWord(name) === bare);
}

function bareWord(word: string): string {
  return word.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}

function fill({ literalStart, rest }: Omit<Template, "source">, valueOf: (name: Placeholder) => string): string {
  return rest.reduce((text, { name, after }) => text + valueOf(name) + after, literalStart);
}

function readPlaceholder(name: string, source: string): Placeholder {
  if (Object.hasOwn(PLACEHOLDERS, name)) return name as Placeholder;
  const meant = placeholderFor(name) ?? nearest(name, PLACEHOLDER_NAMES);
  const advice = meant === undefined ? `known are ${PLACEHOLDER_NAMES.join(", ")}` : `did you mean "{{${meant}}}"?`;
  throw new TemplateError(source, `no placeholder is called ${quoted(name)}; ${advice}`);
}
