/**
 * What a rule matches, as a text to compare: two rules of the same text match the same identities.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { ArnMatch, Rule } from "../rule.ts";

/** The random end of a permission set's role, as a glob says it. */
const PERMISSION_SET_END = `_${"?".repeat(16)}`;

/** The end of such a role. */
const ROLE_OF_SET = /_[0-9a-f]{16}$/;

/** What one rule matches; an ARN and an account id are never the same text. */
export function ruleKey(rule: Rule): string {
  return rule.kind === "account" ? rule.accountId : pinned(comparableArn(rule), rule.userId);
}

/** The keys of all rules without wildcards that match whatever this one does, its own among them. */
export function keysOfWider(rule: Rule): readonly string[] {
  if (rule.kind === "account") return [ruleKey(rule)];
  const arn = comparableArn(rule);
  const arns = ROLE_OF_SET.test(arn) ? [arn, arn.replace(ROLE_OF_SET, PERMISSION_SET_END)] : [arn];
  return rule.userId === undefined ? arns : arns.flatMap((wider) => [wider, pinned(wider, rule.userId)]);
}

/** The ARNs that a rule matches, without its pin. A permission set's end is any, as a glob would say it. */
export function comparableArn({ arn: { canonicalArn, isPermissionSet } }: ArnMatch): string {
  return foldAsciiCase(isPermissionSet ? `${canonicalArn}${PERMISSION_SET_END}` : canonicalArn);
}

function pinned(arn: string, userId: string | undefined): string {
  return userId === undefined ? arn : `${arn} ${userId}`;
}
