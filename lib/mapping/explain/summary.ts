/**
 * The cause or the result in one sentence: of everything that was found, what an operator has to know first.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { Identity } from "../../identity/identity.ts";
import {
  consequenceOf,
  type Decision,
  type Explanation,
  placeOf,
  type UnreadSource,
  unreadText,
  userText,
} from "./explanation.ts";
import { isUsable } from "../rule.ts";
import type { MappedUser } from "../outcome.ts";

/** What was found. */
export interface Facts extends Pick<Explanation, "tried" | "invalid" | "nearest"> {
  readonly decision: Decision | undefined;
}

/** What lets the identity in, and what an operator may have expected in its place. */
export function allowedSummary(
  identity: Identity,
  user: MappedUser,
  { decision, tried, invalid }: Facts & { readonly decision: Decision },
): string {
  const { rule } = decision;
  const where = rule.kind === "account" ? `mapAccounts at ${placeOf(decision)}` : `the rule at ${placeOf(decision)}`;
  const asides: string[] = [];
  if (rule.kind === "arn" && rule.arn.notice !== undefined) asides.push(rule.arn.notice);
  if (rule.kind === "arn" && differsInCaseOnly(rule.arn.canonicalArn, identity.canonicalArn)) {
    asides.push("it differs in letter case only, which does not count");
  }
  const earlier = invalid.find(({ about }) => about === "this");
  if (earlier !== undefined) asides.push(`${placeOf(earlier)} names it too, but is invalid: ${earlier.message}`);
  const late = tried.find(({ outcome }) => outcome === "late");
  if (late !== undefined) asides.push(`${placeOf(late)} matches too, but is shadowed by ${placeOf(decision)}`);
  const needsId = tried.slice(0, tried.findIndex(({ outcome }) => outcome === "decides"))
    .find(({ outcome }) => outcome === "needs_id");
  if (needsId !== undefined) asides.push(`but first, ${needsId.why}`);
  return [`allowed as ${userText(user)} by ${where}`, ...asides].join("; ");
}

/** Why nothing lets the identity in, in words that follow a colon. */
export function refusalOf({ decision, tried, invalid, nearest }: Facts): string {
  if (decision !== undefined && isUsable(decision.rule)) {
    return `the rule at ${placeOf(decision)} names it, but ${decision.refusal}`;
  }
  const meant = invalid.find(({ about }) => about === "this");
  if (meant !== undefined) return `${placeOf(meant)} names it, but is invalid: ${meant.message}`;
  const [first] = nearest;
  if (first !== undefined) return `no rule names it; nearest: ${placeOf(first)}: ${first.why}`;
  const section = invalid.find(({ about }) => about === "section");
  if (section !== undefined) return `no rule names it, and ${placeOf(section)} is invalid: ${section.message}`;
  if (tried.length === 0) return "not mapped: there are no rules";
  return `not mapped: no rule of ${tried.length} names it or comes near`;
}

/** That nobody can tell, and what would follow from what could be read: `otherwise`, where a rule of it decides. */
export function unknownSummary(unread: UnreadSource, otherwise: string | undefined): string {
  const rest = otherwise === undefined ? "" : `; by what could be read: ${otherwise}`;
  return `unknown: ${unreadText(unread)}; ${consequenceOf(unread)}${rest}`;
}

function differsInCaseOnly(written: string, canonicalArn: string): boolean {
  return written !== canonicalArn && foldAsciiCase(written) === foldAsciiCase(canonicalArn);
}
