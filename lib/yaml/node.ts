/**
 * The tree that a YAML text is read into: values with where each stood and how it was written.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";

/** Deepest nesting of lists and maps; what we read needs 5. */
export const MAX_DEPTH = 32;

/** Most values in one file, aliases written out: 100,000 mappings fit, a "billion laughs" bomb does not. */
export const MAX_NODES = 1_000_000;

/** Most problems in the message of an error; `problems` has them all. */
const MAX_TOLD_PROBLEMS = 20;

/** Where a value is in its file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * One value of a YAML file.
 *
 * A scalar keeps its `text` beside its value, because `012345678901` is an account to the person who wrote it and an
 * octal number to YAML 1.1.
 */
export type YamlNode =
  & Position
  & (
    | {
      readonly kind: "scalar";
      readonly value: string | number | boolean | null;
      readonly text: string;
      /** Set on an entry of a list that is not YAML, whose lines are its text: what is wrong with them. */
      readonly broken?: readonly YamlProblem[];
    }
    | { readonly kind: "list"; readonly items: readonly YamlNode[] }
    | { readonly kind: "map"; readonly entries: readonly YamlEntry[] }
  );

/** One key of a map and its value; the position is the key's. */
export interface YamlEntry extends Position {
  readonly key: string;
  readonly value: YamlNode;
}

/** One thing that is wrong in a YAML file, and where. */
export interface YamlProblem extends Position {
  readonly message: string;
}

/** The text is not YAML, or YAML that ram-auth does not read. Holds the problems found, not only the first. */
export class YamlError extends RamAuthError {
  readonly code = "ERR_YAML";
  readonly problems: readonly YamlProblem[];

  /** @param count of all problems, where `problems` has only the first of them */
  constructor(problems: readonly YamlProblem[], count = problems.length) {
    const told = problems.slice(0, MAX_TOLD_PROBLEMS).map(({ line, column, message }) =>
      `${line}:${column}: ${message}`
    );
    const more = count - told.length;
    super([...told, ...(more > 0 ? [`and ${more} more`] : [])].join("; "));
    this.problems = problems;
  }
}

/** An entry of a list that is not YAML: its lines as they stand. It names whom it was for, if anything does. */
export type BrokenEntry = YamlNode & { readonly kind: "scalar"; readonly broken: readonly YamlProblem[] };

/** Whether an entry is not YAML. */
export function isBroken<Node extends YamlNode>(entry: Node): entry is Node & BrokenEntry {
  return entry.kind === "scalar" && entry.broken !== undefined;
}
