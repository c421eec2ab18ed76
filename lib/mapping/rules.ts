/**
 * The three sections of a mapping, from YAML values to rules. A bad entry is invalid and reported, and never takes
 * another one with it.
 *
 * @module
 */

import { type BrokenEntry, isBroken } from "../yaml/node.ts";
import type { Position, YamlNode } from "../yaml/read.ts";
import { parseArnEntry, sectionOf } from "./arn_entry.ts";
import { partingCollisions } from "./lookup/collisions.ts";
import type { ArnReader, ArnSection, EntryContext, Fault } from "./entry.ts";
import { kindOf } from "./fields.ts";
import { readAccountId } from "./ids.ts";
import { type MappingProblem, placeOf, type Report } from "./problem.ts";
import { refusedByText } from "./refused_by_text.ts";
import { type AccountRule, isUsable, type Rule, type Section } from "./rule.ts";
import { findingShadows } from "./lookup/shadows.ts";
import { RamAuthError } from "../errors.ts";
import { atOnce, eachInSteps, flatMapInSteps, type Steps } from "../steps.ts";

/** The values of the three keys of a source; `undefined` where a key is absent. Trust: operators write mappings. */
export type MappingSections = Readonly<Record<Section, YamlNode | undefined>>;

/** What the sections say. */
export interface ParsedRules {
  /** In the order in which they are tried: `mapRoles`, `mapUsers`, `mapAccounts`, and file order within each. */
  readonly rules: readonly Rule[];
  /** By line. */
  readonly problems: readonly MappingProblem[];
  /** Sections that are there, but are not a list: on a reload, reason enough to keep the last good rules in force. */
  readonly unreadable: readonly Section[];
  /** Where entries start of which not even the principal can be read: nobody knows whom they were to map. */
  readonly lost: readonly Position[];
}

/** What entries are read with. */
export interface ParseOptions {
  readonly clouds: readonly ArnReader[];
  /** Whether entries of `mapRoles` and `mapUsers` without a `userid` are invalid. Default: no. */
  readonly requiresUserId?: boolean;
}

/** Reads all entries. Never throws for what the entries hold. */
export function parseRules(sections: MappingSections, options: ParseOptions): ParsedRules {
  return atOnce(parsingRules(sections, options));
}

/** The same in steps. */
export function* parsingRules(
  sections: MappingSections,
  { clouds, requiresUserId = false }: ParseOptions,
): Steps<ParsedRules> {
  const problems: MappingProblem[] = [];
  const unreadable: Section[] = [];
  const lost: Position[] = [];
  const report: Report = ({ line, column }, severity, message) => problems.push({ line, column, severity, message });

  const entriesOf = (section: Section): readonly YamlNode[] => {
    const node = sections[section];
    if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
    if (node.kind === "list") return node.items;
    unreadable.push(section);
    report(node, "invalid", `Cannot use ${section}: it is ${kindOf(node)}; write a list of entries`);
    return [];
  };
  const orLost = ({ line, column }: Position, rule: Rule | undefined): readonly Rule[] => {
    if (rule === undefined) lost.push({ line, column });
    return rule === undefined ? [] : [rule];
  };
  const arnRules = (section: ArnSection) =>
    flatMapInSteps(entriesOf(section), (node, i) => {
      const entry = { section, number: i + 1, clouds, requiresUserId, report };
      if (!isBroken(node)) return orLost(node, readArnRule(node, entry));
      const { rules, isLost } = refusedByText(node.text, { clouds, at: placeOf(node), why: reportBroken(node, entry) });
      if (isLost) lost.push(placeOf(node));
      return rules;
    });
  const all = [
    ...yield* arnRules("mapRoles"),
    ...yield* arnRules("mapUsers"),
    ...yield* flatMapInSteps(
      entriesOf("mapAccounts"),
      (node, i) => orLost(node, readAccountRule(node, i + 1, report)),
    ),
  ];
  const rules = yield* settlingRules(all, (rule) => `this rule of ${sectionOf(rule)}`, report);
  return { rules, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column), unreadable, lost };
}

/**
 * What counts of rules that stand in one text, in their order: of equal ones the last. Reports those that do not, by the
 * name that `nameOf` gives them.
 */
export function* settlingRules(
  all: readonly Rule[],
  nameOf: (rule: Rule) => string,
  report: Report,
): Steps<readonly Rule[]> {
  const { kept, collisions } = yield* partingCollisions(all.filter(isUsable));
  yield* eachInSteps(collisions, ({ rule, by, isError }) => {
    if (isError) {
      const why = `it is read as the same as the rule at line ${by.line}, which counts; remove one of the two`;
      report(rule, "invalid", `Cannot use ${nameOf(rule)}: ${why}`);
    } else {
      const why =
        `the rule at line ${by.line} names the same (case does not matter) and comes last, and the last one counts`;
      report(rule, "warning", `Cannot reach ${nameOf(rule)}: ${why}; remove the one that is not meant`);
    }
  });
  yield* eachInSteps(yield* findingShadows(kept), ({ rule, by }) => {
    const why = `the rule at line ${by.line} comes first and matches all that it does (case does not matter)`;
    report(rule, "warning", `Cannot reach ${nameOf(rule)}: ${why}; remove one of the two`);
  });
  return [...kept, ...all.filter((rule) => !isUsable(rule))];
}

function readArnRule(
  node: YamlNode,
  { number, report, ...shared }: Omit<EntryContext, "fault"> & { readonly number: number; readonly report: Report },
): Rule | undefined {
  const { section } = shared;
  const fault: Fault = (at, why) => void report(at, "invalid", `Cannot use entry ${number} of ${section}: ${why}`);
  const rule = parseArnEntry(node, { ...shared, fault });
  if (rule?.kind === "arn" && rule.arn.notice !== undefined) {
    report(rule, "warning", `Entry ${number} of ${section}: ${rule.arn.notice}`);
  }
  return rule;
}

/** @returns what is wrong with the entry, in words that follow a colon */
function reportBroken(
  { broken }: BrokenEntry,
  { section, number, report }: { readonly section: Section; readonly number: number; readonly report: Report },
): string {
  for (const { message, ...at } of broken) {
    report(at, "invalid", `Cannot use entry ${number} of ${section}: ${message}`);
  }
  return broken.map(({ message }) => message).join("; ");
}

function readAccountRule(node: YamlNode, number: number, report: Report): AccountRule | undefined {
  if (isBroken(node)) return void reportBroken(node, { section: "mapAccounts", number, report });
  const accountId = readAccountId(node);
  if (accountId === undefined) {
    const why = `it is not an account id; write its digits in quotes`;
    report(node, "invalid", `Cannot use entry ${number} of mapAccounts: ${why}`);
    return undefined;
  }
  if (node.kind === "scalar" && typeof node.value === "number" && accountId.startsWith("0")) {
    const notice = `"${accountId}" is taken as written; put it in quotes, for other programs may read an octal number`;
    // Only digits below 8 make one: with those, this is another account than before.
    report(node, /[89]/.test(accountId) ? "notice" : "warning", `Entry ${number} of mapAccounts: ${notice}`);
  }
  return { kind: "account", accountId, line: node.line, column: node.column };
}

/** Most problems in one message. */
const MAX_TOLD_PROBLEMS = 20;

/** A file is there, but what it holds cannot take the place of the mappings in force. */
export class UnreadableMappingsError extends RamAuthError {
  readonly code = "ERR_MAPPINGS_UNREADABLE";
}

/**
 * A slip in the name of a list must not empty the list that is in force.
 *
 * @throws {UnreadableMappingsError} if a section is not a list of mappings
 */
export function assertReadable({ unreadable, problems }: ParsedRules): void {
  if (unreadable.length === 0) return;
  const invalid = problems.filter(({ severity }) => severity === "invalid");
  const told = invalid.slice(0, MAX_TOLD_PROBLEMS).map(({ line, column, message }) => `${line}:${column}: ${message}`);
  if (invalid.length > told.length) told.push(`and ${invalid.length - told.length} more`);
  throw new UnreadableMappingsError(`Cannot read ${unreadable.join(" and ")}: ${told.join("; ")}`);
}
