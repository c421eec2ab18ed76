/**
 * What a mapping source has to say of its own state: whether it was read, when, and what went wrong since. It is shown
 * by `/readyz?verbose`.
 *
 * @module
 */

import type { Scrubber } from "../../mapping/scrub.ts";
import type { HealthReport } from "../health.ts";

/** How many rules are in force, and how many entries are not. */
export interface MappingCounts {
  readonly rules: number;
  readonly invalid: number;
}

/** A report that a source keeps up to date. */
export interface SourceReport extends HealthReport {
  /** What is in force was read at this time, and all is well. */
  loaded(at: Date): void;
  /** Something is amiss; `undefined` where it no longer is. What was read before stays in force. */
  trouble(why: string | undefined): void;
  /** What is amiss now. */
  troubleNow(): string | undefined;
}

/** Makes the report of a source. `counts` is asked again each time. */
export function createSourceReport(
  name: string,
  { scrubber, counts, idle, notes = () => [] }: {
    readonly scrubber: Scrubber;
    readonly counts: () => MappingCounts;
    /** How many rules can let nobody in, by why. */
    readonly idle: () => ReadonlyMap<string, number>;
    /** More to warn of. */
    readonly notes?: () => readonly string[];
  },
): SourceReport {
  let loadedAt: Date | undefined;
  let trouble: string | undefined;
  return {
    loaded(at) {
      loadedAt = at;
      trouble = undefined;
    },
    trouble(why) {
      trouble = why;
    },
    troubleNow: () => trouble,
    facts: () =>
      loadedAt === undefined ? [] : [`mapping ${name}: ${counts().rules} rules, loaded at ${loadedAt.toISOString()}`],
    warnings() {
      const { invalid } = counts();
      const consequence = loadedAt === undefined
        ? "until it is read, reviews that no earlier source decides are answered with 503"
        : "what was read before stays in force";
      return [
        ...(trouble === undefined && loadedAt !== undefined
          ? []
          : [`mapping ${name}: ${scrubber.scrub(trouble ?? "not read yet")}; ${consequence}`]),
        ...invalidWarning(name, invalid),
        ...idleWarnings(name, idle()),
        ...notes().map((note) => `mapping ${name}: ${scrubber.scrub(note)}`),
      ];
    },
  };
}

/** How many entries of a source are invalid, in words for `/readyz`; nothing where none is. */
export function invalidWarning(name: string, count: number): readonly string[] {
  return count === 0 ? [] : [`mapping ${name}: ${count} invalid ${count === 1 ? "entry" : "entries"}, see the log`];
}

/** How many rules of a source can let nobody in, in words for `/readyz`; a line for each reason. */
export function idleWarnings(name: string, idle: ReadonlyMap<string, number>): readonly string[] {
  return [...idle].map(([why, count]) =>
    `mapping ${name}: ${count} ${count === 1 ? "rule lets" : "rules let"} nobody in, see the log: ${why}`
  );
}
