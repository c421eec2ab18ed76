/**
 * Which rule of a list decides about an identity: the first that matches.
 *
 * @module
 */

import type { Identity } from "../../identity/identity.ts";
import { atOnce, eachInSteps, type Steps } from "../../steps.ts";
import { isUsable, type Rule } from "../rule.ts";
import { type PlacedRule, RuleTable } from "./rule_table.ts";

/** Rules, ready to be asked. */
export interface RuleIndex {
  /** The first rule that matches, or `undefined`. */
  find(identity: Identity): Rule | undefined;
}

interface Numbered extends PlacedRule {
  readonly place: number;
}

/**
 * Builds the index of rules that are in the order in which they are to be tried. Those that only refuse are tried last:
 * what an invalid entry takes from nobody is a rule of the same source.
 */
export function createRuleIndex(rules: readonly Rule[]): RuleIndex {
  return atOnce(creatingRuleIndex(rules));
}

/** The same in steps. */
export function* creatingRuleIndex(rules: readonly Rule[]): Steps<RuleIndex> {
  const table = new RuleTable<Numbered>((a, b) =>
    isUsable(a.rule) === isUsable(b.rule) ? a.place < b.place : isUsable(a.rule)
  );
  yield* eachInSteps(rules.entries(), ([place, rule]) => {
    table.add({ place, rule, userId: rule.kind === "account" ? undefined : rule.userId });
  });
  return { find: (identity) => table.find(identity)?.rule };
}
