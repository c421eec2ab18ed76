/**
 * Mappings as `check` judges them: by what the server of a config file accepts, or any server where none is given.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import { loadClouds } from "../../clouds/registry.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { type Accepted, judgeRules } from "../../mapping/judge_rules.ts";
import { createNamePolicy } from "../../mapping/name_policy.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import type { ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { isUsable } from "../../mapping/rule.ts";
import { inForce, type MappingDocument } from "./document.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** What is known of the server that is to read the mappings. */
export interface ServerFacts {
  readonly accepted: Accepted & { readonly clouds: readonly Cloud[] };
  readonly reserved: ReservedPrefixes;
  readonly userIdStrict: boolean;
  /** The sources in use, where they are known. */
  readonly modes: readonly BackendMode[] | undefined;
}

/** What a file came to. */
export interface Checked {
  readonly findings: readonly Finding[];
  /** How many rules would be in force. */
  readonly rules: number;
  /** Where the file says it of other files' server. */
  readonly server?: ServerFacts;
}

/** Of mappings alone: a server that accepts every cloud and every partition. */
export async function anyServer(): Promise<ServerFacts> {
  return { accepted: { clouds: await loadClouds() }, reserved: new Map(), userIdStrict: false, modes: undefined };
}

/** Judges the mappings of one file. */
export function checkDocuments(documents: readonly MappingDocument[], server: ServerFacts): Checked {
  const judged = documents.map((document) => judge(inForce(document), server));
  return {
    findings: judged.flatMap(({ findings }) => findings),
    rules: judged.reduce((sum, { rules }) => sum + rules, 0),
  };
}

function judge(
  { source, path, rules, problems }: MappingDocument,
  { accepted, reserved, modes }: ServerFacts,
): Checked {
  const judging = { accepted, policy: createNamePolicy(source, reserved) };
  const all = [...problems, ...judgeRules(rules, judging), ...warnOfSource(source, modes)];
  return { findings: findingsOf(path, all), rules: rules.filter(isUsable).length };
}

function warnOfSource(source: BackendMode, modes: readonly BackendMode[] | undefined): readonly MappingProblem[] {
  if (modes === undefined || modes.includes(source)) return [];
  const message = `No source of the config file reads this: backendMode does not name ${source}; name it`;
  return [{ line: 1, column: 1, severity: "warning", message }];
}
