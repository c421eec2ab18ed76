/**
 * The form of `DynamicFile`: a document of its own, in JSON or YAML, that holds mappings and nothing else. Knows
 * nothing of where it lies.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { atOnce, type Steps } from "../../steps.ts";
import type { Position, YamlNode } from "../../yaml/node.ts";
import type { ArnReader } from "../entry.ts";
import { kindOf, readFields } from "../fields.ts";
import { placeOf } from "../problem.ts";
import { bySection, SECTIONS } from "../rule.ts";
import { type ParsedRules, parsingRules } from "../rules.ts";

/** Largest file in bytes: 16 MiB, room for 100,000 mappings of usual length. */
export const MAX_DYNAMIC_FILE_BYTES = 16 * 1024 * 1024;

/** The sections, and what the other tools' writers put beside them: when the document was made, and its number. */
const KEYS = [...SECTIONS, "LastUpdatedDateTime", "Version"] as const;

/** The text is YAML or JSON, but no mappings. The message lists every fault with its place. */
export class DynamicFileError extends RamAuthError {
  readonly code = "ERR_DYNAMIC_FILE";
  /** Where the first fault stands. */
  readonly at: Position;

  constructor(why: string, at: Position) {
    super(`Cannot use the mappings: ${why}`);
    this.at = placeOf(at);
  }
}

/** How the document is read. */
export interface DynamicFileOptions {
  readonly clouds: readonly ArnReader[];
  /** `dynamicfileUserIDStrict`: whether every entry must pin the id of its principal. */
  readonly userIdStrict: boolean;
}

/**
 * Reads the document, which was read as YAML. One without any of the three sections is refused: it is a file that is being
 * written, far more often than the wish that nobody should log in, which is written as an empty section.
 *
 * Trust: whoever can write the file.
 *
 * @throws {DynamicFileError} if it is not a map, or has keys that are unknown or come twice, or none of the sections
 */
export function rulesOfDynamicFile(root: YamlNode, options: DynamicFileOptions): ParsedRules {
  return atOnce(readingDynamicFile(root, options));
}

/** The same in steps. @throws {DynamicFileError} as {@linkcode rulesOfDynamicFile} does */
export function* readingDynamicFile(
  root: YamlNode,
  { clouds, userIdStrict }: DynamicFileOptions,
): Steps<ParsedRules> {
  if (root.kind !== "map") {
    throw new DynamicFileError(`the file is ${kindOf(root)}; write a map with mapRoles`, root);
  }
  const { fields, faults } = readFields(root, KEYS);
  const [first] = faults;
  if (first !== undefined) {
    throw new DynamicFileError(
      faults.map(({ at, why }) => `${at.line}:${at.column}: ${why}`).join("; "),
      first.at,
    );
  }
  if (SECTIONS.every((section) => !fields.has(section))) {
    const why = `the file has none of ${SECTIONS.join(", ")}; write "mapRoles: []" if nobody should be able to log in`;
    throw new DynamicFileError(why, root);
  }
  return yield* parsingRules(bySection((section) => fields.get(section)), { clouds, requiresUserId: userIdStrict });
}
