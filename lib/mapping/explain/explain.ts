/**
 * Why an identity is let in or refused: every rule tried in order, why each of them does not match, and which come
 * nearest. Decides nothing: what decides is asked, rule by rule.
 *
 * @module
 */

import type { CloudId, Identity } from "../../identity/identity.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { BackendMode } from "../backend_mode.ts";
import { differencesOf } from "./differences.ts";
import { allowedSummary, refusalOf, unknownSummary } from "./summary.ts";
import {
  type Decision,
  type Explanation,
  type Invalid,
  type Located,
  namesText,
  placeOf,
  type TriedRule,
  type UnreadSource,
  userText,
} from "./explanation.ts";
import { namesOf } from "./named_entry.ts";
import type { MappingProblem, Place } from "../problem.ts";
import { MappingRefused } from "../outcome.ts";
import { type NamePolicy, renderUser } from "../render.ts";
import { isUsable, type Rule, type Section } from "../rule.ts";
import { createRuleIndex } from "../lookup/rule_index.ts";

/** Up to which distance a rule counts as a near miss: one difference, or an account in another partition. */
const NEAR = 7;

/** Stands in names for what only EC2 could tell. */
export const UNASKED = { privateDnsName: "<private DNS name>" } as const;

/** Most near misses to name. */
const MAX_NEAREST = 3;

/** An entry as it was written, in a section or, where `resource` names it, as a custom resource. */
export type WrittenEntry = YamlNode & Pick<Place, "resource"> & { readonly section?: Section };

/** What a source holds, as far as it could be read. */
export interface SourceContent {
  readonly path: string;
  /** What one of its rules is called, where each is an object of an API server: `iamidentitymapping`. */
  readonly objectKind?: string;
  readonly rules: readonly Rule[];
  readonly problems: readonly MappingProblem[];
  /** The entries as they were written, in any order: those that were invalid are looked for there. */
  readonly entries: readonly WrittenEntry[];
  /** Where it could not be read, or not whole. `cloud`: it is not asked for identities of another one. */
  readonly unread?: Pick<UnreadSource, "why" | "rest"> & { readonly cloud?: CloudId };
}

/** One source as it would be in force. */
export interface ExplainedSource extends SourceContent {
  readonly name: BackendMode;
  readonly policy: NamePolicy;
}

/** An identity, and what of it is only assumed. */
export interface Subject {
  /** Where only an ARN is known, with an empty principal id. */
  readonly identity: Identity;
  /** Why it never reaches the mappings, in words that follow a colon. */
  readonly barred: string | undefined;
}

/** Explains what the sources, in their order, make of an identity. Never throws for what they hold. */
export function explain({ identity, barred }: Subject, sources: readonly ExplainedSource[]): Explanation {
  const decision = decide(identity, sources);
  const tried = sources.flatMap((source) =>
    source.rules.filter((rule) => isUsable(rule) || rule === decision?.rule)
      .map((rule) => tryRule(rule, { identity, source, decision }))
  );
  const invalid = sources.flatMap((source) => invalidOf(source, identity));
  const nearest = tried.filter(({ outcome, distance }) => outcome === "differs" && distance <= NEAR)
    .sort((a, b) => a.distance - b.distance).slice(0, MAX_NEAREST);
  const facts = { decision, tried, invalid, nearest };
  const rest = { nearest, tried, invalid, unread: unreadOf(sources) };
  if (barred !== undefined) return { result: "refused", summary: `refused: ${barred}`, ...rest };
  const [unread] = unreadOf(askedBefore(decision, identity, sources));
  if (unread !== undefined) {
    const otherwise = decision?.user && allowedSummary(identity, decision.user, { ...facts, decision });
    return { result: "unknown", summary: unknownSummary(unread, otherwise), ...rest };
  }
  if (decision?.user !== undefined) {
    const { user } = decision;
    return { result: "allowed", summary: allowedSummary(identity, user, { ...facts, decision }), user, ...rest };
  }
  const needsId = decision === undefined ? tried.find(({ outcome }) => outcome === "needs_id") : undefined;
  if (needsId !== undefined) return { result: "depends", summary: `depends: ${needsId.why}`, ...rest };
  return { result: "refused", summary: `refused: ${refusalOf(facts)}`, ...rest };
}

function decide(identity: Identity, sources: readonly ExplainedSource[]): Decision | undefined {
  for (const source of sources) {
    const rule = createRuleIndex(source.rules).find(identity);
    if (rule !== undefined) return { ...located(rule, source), rule, ...rendered(rule, identity, source.policy) };
  }
  return undefined;
}

/** The sources that an identity comes by until one decides, that one among them. */
function askedBefore(
  decision: Decision | undefined,
  { cloud }: Identity,
  sources: readonly ExplainedSource[],
): readonly ExplainedSource[] {
  const last = decision && sources.findIndex(({ rules }) => rules.includes(decision.rule));
  return sources.slice(0, last === undefined ? undefined : last + 1)
    .filter(({ unread }) => unread?.cloud === undefined || unread.cloud === cloud);
}

/** The sources that could not be read. */
export function unreadOf(sources: readonly ExplainedSource[]): readonly UnreadSource[] {
  return sources.flatMap(({ name, path, unread }) =>
    unread === undefined ? [] : [{ source: name, path, why: unread.why, rest: unread.rest }]
  );
}

function rendered(rule: Rule, identity: Identity, policy: NamePolicy): Pick<Decision, "user" | "refusal"> {
  try {
    return { user: renderUser(rule, identity, policy, UNASKED), refusal: undefined };
  } catch (error) {
    if (!(error instanceof MappingRefused)) throw error;
    return { user: undefined, refusal: error.why };
  }
}

function tryRule(rule: Rule, { identity, source, decision }: {
  readonly identity: Identity;
  readonly source: ExplainedSource;
  readonly decision: Decision | undefined;
}): TriedRule {
  const at = { ...located(rule, source), names: namesText(rule) };
  const { find } = createRuleIndex([rule]);
  if (find(identity) !== undefined) {
    const { user, refusal } = rendered(rule, identity, source.policy);
    const gives = user === undefined ? `but ${refusal}` : `gives ${userText(user)}`;
    const decides = rule === decision?.rule;
    const why = decides ? `matches, ${gives}` : `matches too, but ${placeOf(decision!)} comes first; ${gives}`;
    return { ...at, outcome: decides ? "decides" : "late", why, ...(user && { user }), distance: 0 };
  }
  const pin = rule.kind === "account" ? undefined : rule.userId;
  if (identity.principalId === "" && pin !== undefined && find({ ...identity, principalId: pin }) !== undefined) {
    const why = `${placeOf(at)} names it, but only with the id "${pin}" (userid), which an ARN does not tell; ` +
      "explain a token to know";
    return { ...at, outcome: "needs_id", why, distance: 1 };
  }
  const { why, distance } = differencesOf(rule, identity);
  return { ...at, outcome: "differs", why, distance };
}

function invalidOf(source: ExplainedSource, identity: Identity): Invalid[] {
  const entries = [...source.entries].sort(byPlace);
  return source.problems.filter(({ severity }) => severity === "invalid").map((problem) => {
    const entry = entries.findLast((candidate) =>
      problem.resource === undefined ? byPlace(candidate, problem) <= 0 : candidate.resource === problem.resource
    );
    const about = entry === undefined ? "section" : isMeantFor(entry, source, identity) ? "this" : "another";
    return { ...located(problem, source), message: problem.message, about };
  });
}

/** Whether an invalid entry is about an identity: by its ARN where that was read all the same, else by its words. */
function isMeantFor(entry: WrittenEntry, { rules }: ExplainedSource, identity: Identity): boolean {
  const refusals = rules.filter((rule) =>
    rule.kind === "invalid" && rule.resource === entry.resource &&
    (rule.resource !== undefined || byPlace(rule, entry) === 0)
  );
  return refusals.length === 0 ? namesOf(entry, identity) : refusals.some((rule) => isAbout(rule, identity));
}

/** Whether a rule names an identity, whichever id it demands of it. */
function isAbout(rule: Rule, identity: Identity): boolean {
  const pin = rule.kind === "account" ? undefined : rule.userId;
  return createRuleIndex([rule]).find({ ...identity, principalId: pin ?? identity.principalId }) !== undefined;
}

function byPlace(a: Pick<Place, "line" | "column">, b: Pick<Place, "line" | "column">): number {
  return a.line - b.line || a.column - b.column;
}

/** Where a rule or a problem of a source is. */
export function located(
  { line, column, resource }: Place,
  { name, path, objectKind }: Pick<ExplainedSource, "name" | "path" | "objectKind">,
): Located {
  const named = resource === undefined ? {} : { resource };
  if (objectKind !== undefined && resource !== undefined) {
    return { source: name, path: `${objectKind}/${resource}`, ...named };
  }
  return { source: name, path, line, column, ...named };
}
