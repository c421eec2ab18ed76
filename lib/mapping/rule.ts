/**
 * A mapping rule as it is in force: typed, with nothing left to check but the identity.
 *
 * @module
 */

import type { ArnPattern } from "../clouds/cloud.ts";
import type { Place } from "./problem.ts";
import type { Template } from "./template.ts";

/** The sections of a source, as their keys are written, in the order in which they are tried. */
export const SECTIONS = ["mapRoles", "mapUsers", "mapAccounts"] as const;

/** A section of a source. */
export type Section = (typeof SECTIONS)[number];

/** One value for each section. */
export function bySection<T>(of: (section: Section) => T): Readonly<Record<Section, T>> {
  return { mapRoles: of("mapRoles"), mapUsers: of("mapUsers"), mapAccounts: of("mapAccounts") };
}

/** A rule of any section; the position is where its entry starts. */
export type Rule = ArnRule | AccountRule | InvalidRule;

/** What an entry of `mapRoles` or `mapUsers` matches. Its ARN was read without an error. */
export interface ArnMatch extends Place {
  readonly arn: ArnPattern;
  /** Where there is one, only the principal that has this immutable id is matched. */
  readonly userId: string | undefined;
}

/** A rule of `mapRoles` or `mapUsers`. Built only by {@linkcode parseRules}. */
export interface ArnRule extends ArnMatch {
  readonly kind: "arn";
  readonly username: Template;
  readonly groups: readonly Template[];
}

/**
 * A rule of `mapAccounts`: every principal of the account, named by its canonical ARN, without groups. The section does
 * not say of which cloud; the ARN does, so the same digits in two clouds never become one user.
 */
export interface AccountRule extends Place {
  readonly kind: "account";
  readonly accountId: string;
}

/**
 * An entry that cannot be used but for its ARN. It refuses whom it matches: skipped, it would hand the person to a later
 * rule, or to a source that the operator trusts less.
 */
export interface InvalidRule extends ArnMatch {
  readonly kind: "invalid";
  /** What is wrong with the entry, in words that follow a colon. */
  readonly why: string;
}

/** A rule that gives somebody a name. */
export type UsableRule = ArnRule | AccountRule;

/** Whether a rule gives names, and does not only refuse. */
export function isUsable(rule: Rule): rule is UsableRule {
  return rule.kind !== "invalid";
}
