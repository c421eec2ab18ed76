/**
 * Which rule decides about an identity: the first in order that matches. Exact rules are found by one look into a table,
 * so that a lookup costs the same with 10 of them and with 100,000; globs are tried one after the other.
 *
 * @module
 */

import { foldAsciiCase } from "../identity/ascii_case.ts";
import { compileGlob, type Glob } from "../identity/glob.ts";
import type { Identity } from "../identity/identity.ts";
import type { ArnRule, Rule } from "./rule.ts";

/** Rules, ready to be asked. */
export interface RuleIndex {
  /** The first rule that matches, or `undefined`. */
  find(identity: Identity): Rule | undefined;
}

/** A rule and its place in the order. */
interface Placed {
  readonly place: number;
  readonly rule: Rule;
}

/** The rules that name one ARN without wildcards: the first of them without a pin, and the first for each pinned id. */
interface SameArn {
  unpinned?: Placed;
  pinned?: Map<string, Placed>;
}

/** Builds the index of rules that are in the order in which they are to be tried. */
export function createRuleIndex(rules: readonly Rule[]): RuleIndex {
  const exact = new Map<string, SameArn>();
  const permissionSets = new Map<string, SameArn>();
  const globs: { readonly placed: Placed; readonly rule: ArnRule; readonly glob: Glob }[] = [];
  const accounts = new Map<string, Placed>();
  for (const [place, rule] of rules.entries()) {
    const placed = { place, rule };
    if (rule.kind === "account") {
      if (!accounts.has(rule.accountId)) accounts.set(rule.accountId, placed);
    } else if (rule.arn.isGlob) {
      globs.push({ placed, rule, glob: compileGlob(rule.arn.canonicalArn) });
    } else {
      addExact(rule.arn.isPermissionSet ? permissionSets : exact, rule, placed);
    }
  }
  return {
    find(identity) {
      const arn = foldAsciiCase(identity.canonicalArn);
      const { principalId, permissionSetArn } = identity;
      const fromTables = [
        firstOf(exact.get(arn), principalId),
        firstOf(permissionSetArn ? permissionSets.get(foldAsciiCase(permissionSetArn)) : undefined, principalId),
        accounts.get(identity.accountId),
      ].reduce(first);
      const limit = fromTables?.place ?? Infinity;
      const byGlob = globs.find(({ placed, rule, glob }) =>
        placed.place < limit && arn.startsWith(glob.start) &&
        (rule.userId === undefined || rule.userId === principalId) && glob.matches(arn)
      );
      return (byGlob?.placed ?? fromTables)?.rule;
    },
  };
}

function addExact(exact: Map<string, SameArn>, rule: ArnRule, placed: Placed): void {
  const key = foldAsciiCase(rule.arn.canonicalArn);
  const same: SameArn = exact.get(key) ?? {};
  exact.set(key, same);
  if (rule.userId === undefined) {
    same.unpinned ??= placed;
  } else {
    same.pinned ??= new Map();
    if (!same.pinned.has(rule.userId)) same.pinned.set(rule.userId, placed);
  }
}

function firstOf(same: SameArn | undefined, principalId: string): Placed | undefined {
  return first(same?.unpinned, same?.pinned?.get(principalId));
}

function first(a: Placed | undefined, b: Placed | undefined): Placed | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.place < b.place ? a : b;
}
