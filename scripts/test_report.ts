/**
 * What a run of `deno test` came to, read from what it prints and from its JUnit file. The counts are those of its own
 * last line, because the JUnit file counts steps as tests and leaves out modules that fail to load.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/gm;

/** The counts of the last summary line in what `deno test` printed; `undefined` if it ended before it wrote one. */
export function readCounts(printed: string): Counts | undefined {
  const last = [...stripVTControlCharacters(printed).matchAll(SUMMARY)].at(-1);
  if (last === undefined) return undefined;
  const [passed, failed, skipped] = last.slice(1).map((digits) => Number(digits ?? 0));
  return { passed: passed!, failed: failed!, skipped: skipped! };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };

/** The names of the skipped tests in a JUnit file of `deno test`; by convention a name closes with the reason. */
export function readSkipped(junit: string): string[] {
  return [...junit.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped\/>/g)]
    .map(([, name]) => name!.replaceAll(/&(\w+);/g, (entity, key) => ENTITIES[key] ?? entity));
}

/** The plain line that closes a run, for people and for CI. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
