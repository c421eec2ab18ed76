/**
 * A source whose rules are read all at once: a file or a ConfigMap.
 *
 * @module
 */

import type { BackendMode } from "./backend_mode.ts";
import { atOnce, type Steps } from "../steps.ts";
import { type Accepted, judgingRules } from "./judge_rules.ts";
import { createNamePolicy } from "./name_policy.ts";
import { keepingLastGood, type Settled } from "./last_good.ts";
import type { MappingProblem } from "./problem.ts";
import type { ReservedPrefixes } from "./reserved_prefixes.ts";
import { creatingRuleIndex, type RuleIndex } from "./lookup/rule_index.ts";
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
  /** The same in steps; the last of them puts the content in force. One at a time. */
  replacing(content: RuleContent): Steps<void>;
}

interface InForce {
  readonly settled: Settled;
  readonly reserved: ReservedPrefixes;
  readonly problems: readonly MappingProblem[];
  readonly index: RuleIndex;
}

/** Makes a source that is not ready until it is given rules. `accepted`: what the server accepts, for its problems. */
export function createRuleSource(name: BackendMode, accepted: Accepted): RuleSource {
  let inForce: InForce | undefined;
  function* replacing({ parsed: read, reserved }: RuleContent): Steps<void> {
    const settled = yield* keepingLastGood(inForce?.settled, read);
    const { parsed } = settled;
    const warnings = yield* judgingRules(parsed.rules, { accepted, policy: createNamePolicy(name, reserved) });
    const index = yield* creatingRuleIndex(parsed.rules);
    inForce = { settled, reserved, problems: parsed.problems.concat(warnings), index };
  }
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
    replace: (content) => atOnce(replacing(content)),
    replacing,
  };
}
