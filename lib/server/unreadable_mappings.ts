/**
 * Files of mappings that can be read as YAML but not as mappings, which must not replace what is in force.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { ParsedRules } from "../mapping/rules.ts";

/** A file is there, but what it holds cannot take the place of the mappings in force. */
export class UnreadableMappingsError extends RamAuthError {
  readonly code = "ERR_MAPPINGS_UNREADABLE";
  readonly publicMessage = "the server's mappings cannot be used";
}

/**
 * A slip in the name of a list must not empty the list that is in force.
 *
 * @throws {UnreadableMappingsError} if a section is no list of mappings
 */
export function assertReadable({ unreadable, problems }: ParsedRules): void {
  if (unreadable.length === 0) return;
  const why = problems.filter(({ severity }) => severity === "set_aside")
    .map(({ line, column, message }) => `${line}:${column}: ${message}`).join("; ");
  throw new UnreadableMappingsError(`Cannot read ${unreadable.join(" and ")}: ${why}`);
}
