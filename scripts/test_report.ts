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

/** A test, or a step of one. */
export interface TestCase {
  /** Of a step: the names of the test and of all steps around it, and its own, joined by ` > `. */
  readonly name: string;
  /** Where `Deno.test` was called for it, from the folder of the run: `./tests/a_test.ts`, or a module that it uses. */
  readonly file: string;
  readonly result: "passed" | "failed" | "skipped";
}

const TEST_CASE =
  /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*(?:<(failure|error)\b[^>]*>[^<]*<\/\3>|(<skipped\/>))?\s*<\/testcase>/g;

/** The tests and steps in a JUnit file of `deno test`. */
export function readTestCases(junit: string): TestCase[] {
  return [...junit.matchAll(TEST_CASE)].map(([, name, file, failed, skipped]) => ({
    name: unescape(name!),
    file: unescape(file!),
    result: failed !== undefined ? "failed" : skipped !== undefined ? "skipped" : "passed",
  }));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };

function unescape(text: string): string {
  return text.replaceAll(/&(\w+);/g, (entity, key) => ENTITIES[key] ?? entity);
}

/** The names of those that were skipped; by convention a name closes with the reason. */
export function skippedNames(cases: readonly TestCase[]): string[] {
  return cases.filter(({ result }) => result === "skipped").map(({ name }) => name);
}

/** The plain line that closes a run, for people and for CI. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
