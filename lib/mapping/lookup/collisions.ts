/**
 * Rules that match the very same. Written alike, the last of them counts, as both other tools have it, whose tables
 * overwrite. Written differently, as two roles are that differ in their paths, which STS does not tell, whoever wrote
 * both meant two users: one of them is an error, and the other one counts.
 *
 * @module
 */

import { eachInSteps, flatMapInSteps, type Steps } from "../../steps.ts";
import type { Rule } from "../rule.ts";
import { ruleKey } from "./rule_key.ts";

/** A rule that does not count, and the one that does in its place. */
export interface Collision {
  readonly rule: Rule;
  readonly by: Rule;
  /** Whether the two are the same only as they are read, so that one is an error. */
  readonly isError: boolean;
}

/**
 * Leaves one of all rules that match the very same, where the first of them stood. Globs keep their order: of two that
 * are written alike the later one is out of reach like any other behind a glob.
 */
export function* partingCollisions(
  rules: readonly Rule[],
): Steps<{ readonly kept: readonly Rule[]; readonly collisions: readonly Collision[] }> {
  const counts = new Map<string, Rule>();
  const losers: Rule[] = [];
  yield* eachInSteps(rules, (rule) => {
    const key = keyOf(rule);
    const other = counts.get(key);
    const isWinner = other === undefined || !isReadOtherwise(rule);
    // Setting a key again keeps its place.
    if (isWinner) counts.set(key, rule);
    if (other !== undefined) losers.push(isWinner ? other : rule);
  });
  const collisions = yield* flatMapInSteps(losers, (rule): readonly Collision[] => {
    const by = counts.get(keyOf(rule))!;
    return [{ rule, by, isError: isCollision(rule, by) }];
  });
  return { kept: [...counts.values()], collisions };
}

function keyOf(rule: Rule): string {
  if (rule.kind !== "account" && rule.arn.isGlob) return `${ruleKey(rule)} ${rule.line} ${rule.column}`;
  return ruleKey(rule);
}

/** Whether two rules that match the same do so only because one of them was read differently from how it is written. */
export function isCollision(rule: Rule, by: Rule): boolean {
  return isReadOtherwise(rule) || isReadOtherwise(by);
}

function isReadOtherwise(rule: Rule): boolean {
  return rule.kind !== "account" && rule.arn.notice !== undefined;
}
