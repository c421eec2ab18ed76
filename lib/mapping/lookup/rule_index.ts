/**
 * Which rule of a list decides about an identity: the first that matches.
 *
 * @module
 */

import type { Identity } from "../../identity/identity.ts";
import type { Rule } from "../rule.ts";
import { type PlacedRule, RuleTable } from "./rule_table.ts";

/** Rules, ready to be asked. */
export interface RuleIndex {
  /** The first rule that matches, or `undefined`. */
  find(identity: Identity): Rule | undefined;
}

interface Numbered extends PlacedRule {
  readonly place: number;
}

/** Builds the index of rules that are in the order in which they are to be tried. */
export function createRuleIndex(rules: readonly Rule[]): RuleIndex {
  const table = new RuleTable<Numbered>((a, b) => a.place < b.place);
  for (const [place, rule] of rules.entries()) {
    table.add({ place, rule, userId: rule.kind === "arn" ? rule.userId : undefined });
  }
  return { find: (identity) => table.find(identity)?.rule };
}
