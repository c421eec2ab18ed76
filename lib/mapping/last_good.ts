/**
 * What a reload keeps of the rules before it. A slip in an entry must not change whom it is about: neither take a right
 * away, nor hand the person to a source that the operator trusts less.
 *
 * @module
 */

import { eachInSteps, type Steps } from "../steps.ts";
import { foldAsciiCase } from "../identity/ascii_case.ts";
import type { MappingProblem } from "./problem.ts";
import { type ArnMatch, isUsable, type Rule, SECTIONS } from "./rule.ts";
import { sectionOf } from "./arn_entry.ts";
import { comparableArn, ruleKey } from "./lookup/rule_key.ts";
import type { ParsedRules } from "./rules.ts";

/** What is in force, and how many entries whose principal cannot be read it was settled with. */
export interface Settled {
  readonly parsed: ParsedRules;
  readonly lost: number;
}

/**
 * What follows what is in force.
 *
 * An invalid entry whose principal had a rule keeps it, unless another entry gives that principal a new one. While there are more entries than before of which nobody can tell
 * the principal, principals that lost their rule are refused, because each of those entries may be theirs; accounts keep
 * theirs.
 *
 * @param before what is in force; `undefined` at the start
 */
export function* keepingLastGood(before: Settled | undefined, next: ParsedRules): Steps<Settled> {
  if (before === undefined) return { parsed: next, lost: next.lost.length };
  const inForce = before.parsed.rules;
  const old = new Map<string, Rule>();
  yield* eachInSteps(inForce, (rule) => old.set(ruleKey(rule), rule));
  const kept: MappingProblem[] = [];
  const usable: readonly Rule[] = next.rules.filter(isUsable);
  const refusals: Rule[] = [];
  const restored: Rule[] = [];
  const mapped = new Set<string>();
  yield* eachInSteps(usable, (rule) => mapped.add(ruleKey(rule)));
  yield* eachInSteps(next.rules, (rule) => {
    if (isUsable(rule)) return;
    const last = old.get(ruleKey(rule));
    if (last === undefined || !isUsable(last) || mapped.has(ruleKey(rule))) {
      refusals.push(rule);
      return;
    }
    const { line, column } = rule;
    kept.push({
      line,
      column,
      severity: "warning",
      message: "This entry is invalid; its last good rule stays in force",
    });
    restored.push({ ...last, line, column });
  });
  const rules = (yield* putInPlace(usable, restored)).concat(refusals);
  const parsed = { ...next, rules, problems: next.problems.concat(kept) };
  const lost = next.lost.at(-1);
  if (lost === undefined || next.lost.length <= before.lost) return { parsed, lost: next.lost.length };
  const named = new Set<string>();
  yield* eachInSteps(rules, (rule) => named.add(whom(rule)));
  const vanished: Rule[] = [];
  yield* eachInSteps(inForce, (rule) => {
    if (!named.has(whom(rule))) vanished.push(rule);
  });
  if (vanished.length > 0) {
    const message =
      `Whom this entry is for cannot be read, so ${vanished.length} that are no longer mapped are refused ` +
      "until it is corrected";
    kept.push({ ...lost, severity: "warning", message });
  }
  const problems = next.problems.concat(kept);
  return { parsed: { ...next, rules: rules.concat(vanished.map(refusing)), problems }, lost: before.lost };
}

/** Each of `more`, which are by section and place, goes before the first of the rules that stands behind it. */
function* putInPlace(rules: readonly Rule[], more: readonly Rule[]): Steps<Rule[]> {
  const all: Rule[] = [];
  let placed = 0;
  yield* eachInSteps(rules, (rule) => {
    while (placed < more.length && comesAfter(rule, more[placed]!)) all.push(more[placed++]!);
    all.push(rule);
  });
  return all.concat(more.slice(placed));
}

/** Whether a rule stands behind another one: by section, then by place. */
function comesAfter(a: Rule, b: Rule): boolean {
  const [sectionA, sectionB] = [a, b].map((rule) => SECTIONS.indexOf(sectionOf(rule)));
  if (sectionA !== sectionB) return sectionA! > sectionB!;
  return a.line === b.line ? a.column > b.column : a.line > b.line;
}

function refusing(rule: Rule): Rule {
  if (rule.kind !== "arn") return rule;
  const { arn, userId, line, column } = rule;
  return {
    kind: "invalid",
    arn,
    userId,
    line,
    column,
    why: "an entry whose principal cannot be read may be this one's",
  };
}

/** Whom a rule is for, whatever it gives. */
function whom(rule: Rule): string {
  return rule.kind === "account" ? rule.accountId : foldAsciiCase(comparableArn(rule satisfies ArnMatch));
}
