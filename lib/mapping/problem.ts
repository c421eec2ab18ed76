/**
 * What is wrong with a mapping, and where: the form in which every source reports to log, metrics and `check`.
 *
 * @module
 */

import type { Position } from "../yaml/read.ts";

/**
 * What became of it: `invalid`, the entry or section is not in force; `warning`, it is in force but hardly as meant;
 * `notice`, it was read differently from how it was written.
 */
export type Severity = "invalid" | "warning" | "notice";

/** Where an entry stands: in a text, or, where `resource` names it, as a custom resource of its own (then line 1). */
export interface Place extends Position {
  readonly resource?: string;
}

/** The place of a thing in its text, and nothing else of it. */
export function placeOf({ line, column }: Position): Position {
  return { line, column };
}

/** A place in words. */
export function placeText({ line, column, resource }: Place): string {
  return resource === undefined ? `line ${line}, column ${column}` : `resource "${resource}"`;
}

/**
 * One thing to tell the operator about a mapping.
 *
 * Trust: operators write mappings. The message may quote an ARN, so it passes the scrubber before it is logged.
 */
export interface MappingProblem extends Place {
  readonly severity: Severity;
  readonly message: string;
  /** Set on a warning about a rule that can never let anybody in: why, in few words that follow a colon. Names nobody. */
  readonly hasNoEffect?: string;
}

/** Takes note of one problem. */
export type Report = (at: Position, severity: Severity, message: string) => void;

/** How many rules can let nobody in, by why. */
export function countIdle(problems: Iterable<MappingProblem>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { hasNoEffect } of problems) {
    if (hasNoEffect !== undefined) counts.set(hasNoEffect, (counts.get(hasNoEffect) ?? 0) + 1);
  }
  return counts;
}
