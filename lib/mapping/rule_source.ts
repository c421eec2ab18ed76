/**
 * A source whose rules are read all at once: a file or a ConfigMap.
 *
 * @module
 */

import type { BackendMode } from "./backend_mode.ts";
import { createNamePolicy, warnOfNames } from "./name_policy.ts";
import { keepLastGood, type Settled } from "./last_good.ts";
import type { MappingProblem } from "./problem.ts";
import type { ReservedPrefixes } from "./reserved_prefixes.ts";
import { createRuleIndex, type RuleIndex } from "./lookup/rule_index.ts";
import type { ParsedRules } from "./rules.ts";
import { MappingsNotReady, type MappingSource } from "./source.ts";

/** What was read. */
export interface RuleContent {
  readonly parsed: ParsedRules;
  /** `reservedPrefixConfig` of the config file. */
  readonly reserved: ReservedPrefixes;
}

/** A source that can be given other rules. */
export interface RuleSource extends MappingSource {
  /** Puts other content in force, whole: a lookup sees the old or the new, never some of each. */
  replace(content: RuleContent): void;
}

interface InForce {
  readonly settled: Settled;
  readonly reserved: ReservedPrefixes;
  readonly problems: readonly MappingProblem[];
  readonly index: RuleIndex;
}

/** Makes a source that is not ready until it is given rules. */
export function createRuleSource(name: BackendMode): RuleSource {
  let inForce: InForce | undefined;
  return {
    name,
    get policy() {
      return createNamePolicy(name, inForce?.reserved ?? new Map());
    },
    find(identity) {
      if (inForce === undefined) throw new MappingsNotReady(`Cannot map an identity: ${name} has not been read yet`);
      return inForce.index.find(identity);
    },
    rules: () => inForce?.settled.parsed.rules ?? [],
    problems: () => inForce?.problems ?? [],
    replace({ parsed: read, reserved }) {
      const settled = keepLastGood(inForce?.settled, read);
      const { parsed } = settled;
      const problems = [...parsed.problems, ...warnOfNames(parsed.rules, createNamePolicy(name, reserved))];
      inForce = { settled, reserved, problems, index: createRuleIndex(parsed.rules) };
    },
  };
}
