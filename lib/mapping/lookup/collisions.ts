/**
 * Rules that were written differently and are read as the same: without their paths, which STS does not tell, two roles
 * are one. Whoever wrote both meant two users, so the later of them is an error and not just out of reach.
 *
 * @module
 */

import type { Rule } from "../rule.ts";
import { ruleKey } from "./rule_key.ts";

/** A rule that equals an earlier one only as it is read. */
export interface Collision {
  readonly rule: Rule;
  readonly by: Rule;
}

/** Parts the rules that collide with an earlier one from all others, which keep their order. */
export function partCollisions(
  rules: readonly Rule[],
): { readonly kept: readonly Rule[]; readonly collisions: readonly Collision[] } {
  const first = new Map<string, Rule>();
  const collisions: Collision[] = [];
  const kept = rules.filter((rule) => {
    const key = ruleKey(rule);
    const by = first.get(key);
    if (by === undefined) first.set(key, rule);
    if (by === undefined || !isCollision(rule, by)) return true;
    collisions.push({ rule, by });
    return false;
  });
  return { kept, collisions };
}

/** Whether two rules that match the same do so only because one of them was read differently from how it is written. */
export function isCollision(rule: Rule, by: Rule): boolean {
  return [rule, by].some((one) => one.kind === "arn" && one.arn.notice !== undefined);
}
