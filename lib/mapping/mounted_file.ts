/**
 * The mapping source `MountedFile`: the rules in the server's config file. Owns which rules are in force; knows nothing
 * of files, and is told when they have changed.
 *
 * @module
 */

import type { MappingProblem } from "./problem.ts";
import { renderUser } from "./render.ts";
import { createRuleIndex } from "./rule_index.ts";
import type { ParsedRules } from "./rules.ts";
import type { MappingSource } from "./source.ts";

/** What the config file says about mappings. */
export interface MountedFileContent {
  readonly parsed: ParsedRules;
  /** Prefixes of `reservedPrefixConfig` for this source. */
  readonly reservedUsernamePrefixes: readonly string[];
}

/** The source, and what the server shows of it. */
export interface MountedFile extends MappingSource {
  /** What is wrong with the content in force. */
  readonly problems: readonly MappingProblem[];
  /** Rules in force. */
  readonly ruleCount: number;
  /** Puts other content in force, whole: a lookup sees the old or the new, never some of each. */
  replace(content: MountedFileContent): void;
}

/**
 * Makes the source. `system:` names are allowed here unless `reservedPrefixConfig` says otherwise, because this file is
 * where clusters map their admins and nodes, and who can write it can already do anything on the server's machine.
 */
export function createMountedFile(content: MountedFileContent): MountedFile {
  let inForce = prepare(content);
  return {
    name: SOURCE_NAME,
    get problems() {
      return inForce.parsed.problems;
    },
    get ruleCount() {
      return inForce.parsed.rules.length;
    },
    lookup(identity) {
      const { index, policy } = inForce;
      const rule = index.find(identity);
      return rule && renderUser(rule, identity, policy);
    },
    replace(next) {
      inForce = prepare(next);
    },
  };
}

const SOURCE_NAME = "MountedFile";

function prepare({ parsed, reservedUsernamePrefixes }: MountedFileContent) {
  const policy = { source: SOURCE_NAME, systemNames: "allowed", reservedUsernamePrefixes } as const;
  return { parsed, policy, index: createRuleIndex(parsed.rules) };
}
