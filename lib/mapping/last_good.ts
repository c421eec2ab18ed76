/**
 * What a reload keeps of the rules before it. A slip in an entry must not change whom it is about: neither take a right
 * away, nor hand the person to a source that the operator trusts less.
 *
 * @module
 */

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
export function keepLastGood(before: Settled | undefined, next: ParsedRules): Settled {
  if (before === undefined) return { parsed: next, lost: next.lost.length };
  const inForce = before.parsed.rules;
  const old = new Map(inForce.map((rule) => [ruleKey(rule), rule]));
  const kept: MappingProblem[] = [];
  const rules: Rule[] = next.rules.filter(isUsable);
  const refusals: Rule[] = [];
  const mapped = new Set(rules.map(ruleKey));
  for (const rule of next.rules) {
    if (isUsable(rule)) continue;
    const last = old.get(ruleKey(rule));
    if (last === undefined || !isUsable(last) || mapped.has(ruleKey(rule))) {
      refusals.push(rule);
      continue;
    }
    const { line, column } = rule;
    kept.push({
      line,
      column,
      severity: "warning",
      message: "This entry is invalid; its last good rule stays in force",
    });
    const restored = { ...last, line, column };
    const at = rules.findIndex((other) => comesAfter(other, restored));
    rules.splice(at < 0 ? rules.length : at, 0, restored);
  }
  rules.push(...refusals);
  const parsed = { ...next, rules, problems: [...next.problems, ...kept] };
  const lost = next.lost.at(-1);
  if (lost === undefined || next.lost.length <= before.lost) return { parsed, lost: next.lost.length };
  const named = new Set(rules.map(whom));
  const vanished = inForce.filter((rule) => !named.has(whom(rule)));
  if (vanished.length > 0) {
    const message =
      `Whom this entry is for cannot be read, so ${vanished.length} that are no longer mapped are refused ` +
      "until it is corrected";
    kept.push({ ...lost, severity: "warning", message });
  }
  const problems = [...next.problems, ...kept];
  return { parsed: { ...next, rules: [...rules, ...vanished.map(refusing)], problems }, lost: before.lost };
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
