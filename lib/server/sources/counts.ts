/**
 * What the rules and problems of a source come to in numbers: counted once for each list, however often somebody asks. A
 * kubelet does every few seconds, and anybody who reaches the port may at any time.
 *
 * @module
 */

import { countIdle, type MappingProblem } from "../../mapping/problem.ts";
import { isUsable, type Rule } from "../../mapping/rule.ts";
import type { MappingSource } from "../../mapping/source.ts";

/** Rules in force that give somebody a name. */
export function countUsable({ rules }: Pick<MappingSource, "rules">): number {
  return usableIn(rules());
}

/** Entries that are not in force because something is wrong with them. */
export function countInvalid({ problems }: Pick<MappingSource, "problems">): number {
  return invalidIn(problems());
}

/** Rules that can let nobody in, by why. */
export function idleRules({ problems }: Pick<MappingSource, "problems">): ReadonlyMap<string, number> {
  return idleIn(problems());
}

const usableIn = oncePerList((rules: readonly Rule[]) => rules.filter(isUsable).length);

const invalidIn = oncePerList((problems: readonly MappingProblem[]) =>
  problems.filter(({ severity }) => severity === "invalid").length
);

const idleIn = oncePerList((problems: readonly MappingProblem[]) => countIdle(problems));

function oncePerList<Item, Count>(count: (list: readonly Item[]) => Count): (list: readonly Item[]) => Count {
  const counts = new WeakMap<readonly Item[], { readonly count: Count }>();
  return (list) => {
    const known = counts.get(list) ?? { count: count(list) };
    counts.set(list, known);
    return known.count;
  };
}
