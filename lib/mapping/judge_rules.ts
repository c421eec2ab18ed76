/**
 * What is wrong with rules whose form is right: those that can let nobody in, and those that are probably a mistake. The
 * one judge of the server and of every command that shows rules, so that none of them can pass what another reports.
 *
 * @module
 */

import type { Cloud } from "../clouds/cloud.ts";
import { foldAsciiCase } from "../identity/ascii_case.ts";
import { atOnce, flatMapInSteps, type Steps } from "../steps.ts";
import { CLOUD_OF_MODE } from "./backend_mode.ts";
import { warningOfNames } from "./name_policy.ts";
import { type MappingProblem, type Place, placeOf } from "./problem.ts";
import type { NamePolicy } from "./render.ts";
import type { AccountRule, ArnRule, Rule } from "./rule.ts";

/** Whose identities a server accepts. */
export interface Accepted {
  readonly clouds: readonly Pick<Cloud, "id" | "arnPrefix" | "doubtAccountId" | "partitionOf">[];
  /** The partition of a cloud that has several; where it is not known, rules of any are in order. */
  readonly partition?: string | undefined;
}

/** What rules are judged by. */
export interface Judging {
  readonly accepted: Accepted;
  /** What their source may give. */
  readonly policy: NamePolicy;
}

/** What is wrong where all sources were read and there is no rule. */
export const NO_RULES = "No mapping source holds a rule, so nobody can log in; add one to mapRoles or mapUsers";

/** What is wrong with each rule. */
export function judgeRules(rules: readonly Rule[], judging: Judging): MappingProblem[] {
  return atOnce(judgingRules(rules, judging));
}

/** The same in steps. */
export function* judgingRules(rules: readonly Rule[], judging: Judging): Steps<MappingProblem[]> {
  const reach = yield* flatMapInSteps(rules, (rule) => judgeReach(rule, judging));
  return reach.concat(yield* warningOfNames(rules, judging.policy));
}

/** Whether any identity that the server accepts can match. */
function judgeReach(rule: Rule, judging: Judging): readonly MappingProblem[] {
  switch (rule.kind) {
    case "account":
      return judgeAccount(rule, judging);
    case "arn":
      return judgeArn(rule, judging);
    case "invalid":
      return [];
  }
}

function judgeArn(rule: ArnRule, { accepted: { clouds, partition }, policy: { source } }: Judging): MappingProblem[] {
  const { canonicalArn } = rule.arn;
  const cloud = clouds.find(({ arnPrefix }) => foldAsciiCase(canonicalArn).startsWith(arnPrefix));
  if (cloud === undefined) return [];
  const own = cloud.partitionOf?.(canonicalArn);
  if (own !== undefined && partition !== undefined && own !== partition) {
    const why = `its ARN is of partition "${own}", and the server accepts only "${partition}"`;
    const advice = "set server.partition, or correct the ARN";
    return [letsNobodyIn(rule, `${why}; ${advice}`, `partition "${own}", and server.partition is "${partition}"`)];
  }
  const usual = CLOUD_OF_MODE[source];
  if (usual !== undefined && usual !== cloud.id) {
    return [
      probableMistake(rule, `its ARN is of another cloud than ${source} is for; map it in a source of its cloud`),
    ];
  }
  const doubt = cloud.doubtAccountId(canonicalArn.split(":").at(-2) ?? "");
  if (doubt === undefined) return [];
  return [doubt.isImpossible ? letsNobodyIn(rule, doubt.why, NO_ACCOUNT) : probableMistake(rule, doubt.why)];
}

/** The section does not say of which cloud: an id is in order that can be one of any. */
function judgeAccount(
  rule: AccountRule,
  { accepted: { clouds }, policy: { source } }: Judging,
): readonly MappingProblem[] {
  const usual = CLOUD_OF_MODE[source];
  const own = clouds.filter(({ id }) => usual === undefined || id === usual);
  const doubts = (own.length === 0 ? clouds : own).map((cloud) => cloud.doubtAccountId(rule.accountId));
  if (doubts.length === 0 || doubts.includes(undefined)) return [];
  const [why, ...others] = doubts.flatMap((doubt) => doubt?.why ?? []);
  const all = [why, ...others].join("; or ");
  const isImpossible = doubts.every((doubt) => doubt?.isImpossible);
  return [isImpossible ? letsNobodyIn(rule, all, NO_ACCOUNT) : probableMistake(rule, all)];
}

const NO_ACCOUNT = "no account has such an id";

function letsNobodyIn(rule: Rule, why: string, hasNoEffect: string): MappingProblem {
  return { ...placeOfRule(rule), severity: "warning", hasNoEffect, message: `This rule lets nobody in: ${why}` };
}

function probableMistake(rule: Rule, why: string): MappingProblem {
  return { ...placeOfRule(rule), severity: "warning", message: `This rule is probably a mistake: ${why}` };
}

function placeOfRule(rule: Rule): Place {
  return { ...placeOf(rule), ...(rule.resource !== undefined && { resource: rule.resource }) };
}
