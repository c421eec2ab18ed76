/**
 * What explaining an identity yields. Types, and their parts in words.
 *
 * @module
 */

import type { BackendMode } from "./backend_mode.ts";
import type { MappedUser } from "./mapped_user.ts";
import { type Place, placeText } from "./problem.ts";
import type { Rule } from "./rule.ts";

/** A source and a place in it. */
export interface Located extends Place {
  readonly source: BackendMode;
  readonly path: string;
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
export interface SetAside extends Located {
  readonly message: string;
  /** Whether it seems to be about this identity, or is a whole section. */
  readonly about: "this" | "section" | "another";
}

/** The answer. */
export interface Explanation {
  readonly result: "allowed" | "refused" | "depends";
  /** The cause or the result in one sentence. */
  readonly summary: string;
  readonly user?: MappedUser;
  /** The nearest of those that do not match, the nearest first. */
  readonly nearest: readonly TriedRule[];
  /** All rules of all sources, in the order in which they are tried. */
  readonly tried: readonly TriedRule[];
  readonly setAside: readonly SetAside[];
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
export function placeOf({ source, ...place }: Located): string {
  return `${placeText(place).replace(/, column .*/, "")} (${source})`;
}
