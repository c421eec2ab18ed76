/**
 * Rules that can never match, because an earlier rule takes all that they would. Tells the operator; decides nothing.
 *
 * @module
 */

import { atOnce, eachInSteps, type Steps } from "../../steps.ts";
import { GlobTable } from "./glob_table.ts";
import type { ArnMatch, Rule } from "../rule.ts";
import { comparableArn, keysOfWider, ruleKey } from "./rule_key.ts";

/** A glob may have to be compared with all that stand before it. */
const GLOBS_PER_STEP = 2;

/** A rule that can never match, and an earlier one that is in its way. */
export interface Shadow {
  readonly rule: Rule;
  readonly by: Rule;
}

interface EarlierGlob {
  readonly place: number;
  readonly rule: ArnMatch & Rule;
  readonly userId: string | undefined;
}

/** Finds the shadowed rules, in order. */
export function findShadows(rules: readonly Rule[]): readonly Shadow[] {
  return atOnce(findingShadows(rules));
}

/** The same in steps. */
export function* findingShadows(rules: readonly Rule[]): Steps<readonly Shadow[]> {
  const shadows: Shadow[] = [];
  const seen = new Map<string, Rule>();
  const globs = new GlobTable<EarlierGlob>((a, b) => a.place < b.place);
  yield* eachInSteps(rules.entries(), ([place, rule]) => {
    const by = keysOfWider(rule).map((key) => seen.get(key)).find((earlier) => earlier !== undefined) ??
      (rule.kind === "account" ? undefined : globs.findCovering(comparableArn(rule), rule.userId)?.rule);
    if (by !== undefined) {
      shadows.push({ rule, by });
      return;
    }
    seen.set(ruleKey(rule), rule);
    if (rule.kind !== "account" && rule.arn.isGlob) {
      globs.add(rule.arn.canonicalArn, { place, rule, userId: rule.userId });
    }
  }, GLOBS_PER_STEP);
  return shadows;
}
