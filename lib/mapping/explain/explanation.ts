/**
 * What explaining an identity yields. Types, and their parts in words.
 *
 * @module
 */

import type { BackendMode } from "../backend_mode.ts";
import type { MappedUser } from "../outcome.ts";
import type { Place } from "../problem.ts";
import type { Rule } from "../rule.ts";

/** A source and a place in it. An object of an API server has a path of its own, and neither line nor column. */
export interface Located extends Partial<Place> {
  readonly source: BackendMode;
  readonly path: string;
}

/** A source that could not be read, or not whole. */
export interface UnreadSource {
  readonly source: BackendMode;
  readonly path: string;
  /** In words that follow a colon. */
  readonly why: string;
  /** What can be read of it: a server that never read it goes by that; where that is nothing, it answers 503. */
  readonly rest: "some" | "none";
}

/**
 * One rule, tried. `decides`: it is the first that matches. `late`: it matches too, but an earlier one decides.
 * `needs_id`: it would match if the principal has the id that it pins.
 */
export interface TriedRule extends Located {
  /** What it names: an ARN, a permission set or an account. */
  readonly names: string;
  readonly outcome: "decides" | "late" | "needs_id" | "differs";
  /** In words. */
  readonly why: string;
  /** The user that it gives, where it matches and may. */
  readonly user?: MappedUser;
  /** How far it is from matching; only to compare, 0 where it matches. */
  readonly distance: number;
}

/** An entry, or a whole section, that is not in force. */
export interface Invalid extends Located {
  readonly message: string;
  /** Whether it seems to be about this identity, or is a whole section. */
  readonly about: "this" | "section" | "another";
}

/** The answer. `unknown`: a source that would be asked before one decides could not be read. */
export interface Explanation {
  readonly result: "allowed" | "refused" | "depends" | "unknown";
  /** The cause or the result in one sentence. */
  readonly summary: string;
  readonly user?: MappedUser;
  /** The nearest of those that do not match, the nearest first. */
  readonly nearest: readonly TriedRule[];
  /** All rules of all sources, in the order in which they are tried. */
  readonly tried: readonly TriedRule[];
  readonly invalid: readonly Invalid[];
  /** The sources that could not be read, whether or not they are asked for this identity. */
  readonly unread: readonly UnreadSource[];
}

/** The rule that decides, and what comes of it. */
export interface Decision extends Located {
  readonly rule: Rule;
  readonly user: MappedUser | undefined;
  /** Why there is no user. */
  readonly refusal: string | undefined;
}

/** What a rule names, as a person would say it. */
export function namesText(rule: Rule): string {
  if (rule.kind === "account") return `account ${rule.accountId}`;
  return rule.arn.isPermissionSet ? `permission set ${rule.arn.canonicalArn}` : rule.arn.canonicalArn;
}

/** A user in words. */
export function userText({ username, groups }: MappedUser): string {
  const list = groups.map((group) => JSON.stringify(group)).join(", ");
  return `${JSON.stringify(username)}${groups.length === 0 ? "" : ` in ${list}`}`;
}

/** A place in words, without the column. */
export function placeOf({ source, resource, line }: Located): string {
  return `${resource === undefined ? `line ${line}` : `resource "${resource}"`} (${source})`;
}

/** A place as programs that check files write it: `config.yaml:3:5`, `iamidentitymapping/admins`. */
export function whereText({ path, line, column }: Omit<Located, "source">): string {
  return line === undefined ? path : `${path}:${line}:${column}`;
}

/** That a source could not be read, in words that a reason or a consequence may follow. */
export function unreadText({ path, source, rest }: UnreadSource): string {
  return `${path} (${source}) could not be read${rest === "some" ? " whole" : ""}`;
}

/** What a server does about a source that cannot be read now. */
export function consequenceOf({ rest }: UnreadSource): string {
  const otherwise = rest === "some"
    ? "one that never has, by what can be read of it"
    : "one that never has answers 503 to whomever no source before it maps";
  return `a server that has read it${rest === "some" ? " whole" : ""} before goes by what it held then, ${otherwise}`;
}
