/**
 * Rules that can never match, because an earlier rule takes all that they would. Tells the operator; decides nothing.
 *
 * @module
 */

import { foldAsciiCase } from "../identity/ascii_case.ts";
import { compileGlob, type Glob } from "../identity/glob.ts";
import type { ArnRule, Rule } from "./rule.ts";

/** Characters of the random end of a permission set's role, without the underscore before it. */
const PERMISSION_SET_END = 16;

/** A rule that can never match, and an earlier one that is in its way. */
export interface Shadow {
  readonly rule: Rule;
  readonly by: Rule;
}

/** Finds the shadowed rules, in order. */
export function findShadows(rules: readonly Rule[]): readonly Shadow[] {
  const shadows: Shadow[] = [];
  const seen = new Map<string, Rule>();
  const globs: EarlierGlob[] = [];
  for (const rule of rules) {
    const by = keysThatShadow(rule).map((key) => seen.get(key)).find((earlier) => earlier !== undefined) ??
      (rule.kind === "arn" ? globThatShadows(rule, globs) : undefined);
    if (by !== undefined) {
      shadows.push({ rule, by });
      continue;
    }
    seen.set(keyOf(rule), rule);
    if (rule.kind === "arn" && rule.arn.isGlob) globs.push({ rule, glob: compileGlob(rule.arn.canonicalArn) });
  }
  return shadows;
}

/** What one rule matches, as a key; an ARN and an account id are never the same text. */
function keyOf(rule: Rule): string {
  if (rule.kind === "account") return rule.accountId;
  const arn = comparable(rule);
  return rule.userId === undefined ? arn : `${arn} ${rule.userId}`;
}

/** What two rules that match the same ARNs have in common. A permission set's end is any, as a glob would say it. */
function comparable({ arn: { canonicalArn, isPermissionSet } }: ArnRule): string {
  return foldAsciiCase(isPermissionSet ? `${canonicalArn}_${"?".repeat(PERMISSION_SET_END)}` : canonicalArn);
}

/** A pinned rule is in the way of its equal; a rule without a pin also of those with one. */
function keysThatShadow(rule: Rule): readonly string[] {
  const key = keyOf(rule);
  return rule.kind === "account" || rule.userId === undefined ? [key] : [comparable(rule), key];
}

interface EarlierGlob {
  readonly rule: ArnRule;
  readonly glob: Glob;
}

function globThatShadows(rule: ArnRule, globs: readonly EarlierGlob[]): ArnRule | undefined {
  const arn = comparable(rule);
  return globs.find(({ rule: earlier, glob }) =>
    arn.startsWith(glob.start) && (earlier.userId === undefined || earlier.userId === rule.userId) && glob.covers(arn)
  )?.rule;
}
