/**
 * A hash of the rules that a source has in force, by which nodes that differ show. Made when it is asked for, in slices,
 * and once for the same rules: a source that changes often costs nothing more.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { MappingSource } from "../../mapping/source.ts";
import type { Rule } from "../../mapping/rule.ts";
import { eachInSteps, flatMapInSteps, inSlices, sortedInSteps } from "../../steps.ts";

const HASHES = new WeakMap<readonly Rule[], Promise<string>>();

/** The hash, as `sha256:` and hexadecimal digits: of what rules say, whatever their notation and lines. */
export function rulesHash({ rules: rulesOf }: Pick<MappingSource, "rules">): Promise<string> {
  const rules = rulesOf();
  const known = HASHES.get(rules) ?? hash(rules);
  HASHES.set(rules, known);
  return known;
}

async function hash(rules: readonly Rule[]): Promise<string> {
  const pieces = await inSlices(flatMapInSteps(rules, (rule) => [JSON.stringify(contentOf(rule))]));
  // Resources arrive in any order, and the order in which they are tried is their own.
  const isOrdered = rules.every(({ resource }) => resource === undefined);
  const ordered = isOrdered ? pieces : await inSlices(sortedInSteps(pieces, (a, b) => a < b ? -1 : Number(a > b)));
  const sum = createHash("sha256");
  await inSlices(eachInSteps(ordered, (piece) => void sum.update(`${piece}\n`)));
  return `sha256:${sum.digest("hex")}`;
}

function contentOf(rule: Rule): unknown {
  switch (rule.kind) {
    case "account":
      return rule.accountId;
    case "invalid":
      return [rule.arn.canonicalArn, rule.arn.isPermissionSet, rule.userId];
    case "arn": {
      const { arn, userId, username, groups } = rule;
      return [arn.canonicalArn, arn.isPermissionSet, userId, username.source, groups.map(({ source }) => source)];
    }
  }
}
