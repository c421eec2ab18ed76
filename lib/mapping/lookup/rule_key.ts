/**
 * What a rule matches, as a text to compare: two rules of the same text match the same identities.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { ArnMatch, Rule } from "../rule.ts";

/** Characters of the random end of a permission set's role, without the underscore before it. */
const PERMISSION_SET_END = 16;

/** What one rule matches; an ARN and an account id are never the same text. */
export function ruleKey(rule: Rule): string {
  if (rule.kind === "account") return rule.accountId;
  const arn = comparableArn(rule);
  return rule.userId === undefined ? arn : `${arn} ${rule.userId}`;
}

/** The ARNs that a rule matches, without its pin. A permission set's end is any, as a glob would say it. */
export function comparableArn({ arn: { canonicalArn, isPermissionSet } }: ArnMatch): string {
  return foldAsciiCase(isPermissionSet ? `${canonicalArn}_${"?".repeat(PERMISSION_SET_END)}` : canonicalArn);
}
