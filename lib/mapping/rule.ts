/**
 * A mapping rule as it is in force: typed, with nothing left to check but the identity.
 *
 * @module
 */

import type { ArnPattern } from "../clouds/cloud.ts";
import type { Place } from "./problem.ts";
import type { Template } from "./template.ts";

/** A section of a source, as its key is written; they are tried in this order. */
export type Section = "mapRoles" | "mapUsers" | "mapAccounts";

/** A rule of any section; the position is where its entry starts. */
export type Rule = ArnRule | AccountRule;

/** A rule of `mapRoles` or `mapUsers`. Built only by {@linkcode parseRules}, so its ARN was read without an error. */
export interface ArnRule extends Place {
  readonly kind: "arn";
  readonly arn: ArnPattern;
  /** Where there is one, the rule matches only the principal that has this immutable id. */
  readonly userId: string | undefined;
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
