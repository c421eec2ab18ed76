/**
 * One slip in one line that decides, as data: where it is made, and which tests must notice it. Pure.
 *
 * @module
 */

/** One wrong line. */
export interface Mutant {
  /** What the code does wrong with it. */
  readonly what: string;
  /** From the root of the tree. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replacement: string;
  /** Files and folders of tests, one of which must fail. */
  readonly tests: readonly string[];
  /** Why no test can tell it from the code as it is; it must survive then. */
  readonly equivalent?: string;
}

/** One wrong line of a file: what it does wrong, the text, what stands in its place, and why it is equivalent if it is. */
export type MutantRow = readonly [what: string, find: string, replacement: string, equivalent?: string];

/** The mutants of one file that the same tests must notice. */
export function mutantsOf(file: string, tests: readonly string[], rows: readonly MutantRow[]): readonly Mutant[] {
  return rows.map(([what, find, replacement, equivalent]) => ({
    what,
    file,
    find,
    replacement,
    tests,
    ...(equivalent !== undefined && { equivalent }),
  }));
}

/** Why a mutant cannot be made of a text any more; `undefined` where it can. */
export function whyStale({ find, replacement }: Mutant, text: string): string | undefined {
  const count = text.split(find).length - 1;
  if (count !== 1) return `its text stands there ${count} times; name one place`;
  return find === replacement ? "it changes nothing" : undefined;
}

/** The text with the slip. */
export function mutate({ find, replacement }: Mutant, text: string): string {
  return text.replace(find, () => replacement);
}
