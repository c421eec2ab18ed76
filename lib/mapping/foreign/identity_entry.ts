/**
 * An entry `{arn, username, groups}`, the same for users and roles, as several tools have it.
 *
 * @module
 */

import { atOnce } from "../../steps.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { readArn, readGroups, readUsername, ruleOf, sectionOf } from "../arn_entry.ts";
import type { ArnReader, Fault } from "../entry.ts";
import { kindOf, readFields } from "../fields.ts";
import { type MappingProblem, placeOf, type Report } from "../problem.ts";
import type { ArnRule, InvalidRule, Rule } from "../rule.ts";
import { settlingRules } from "../rules.ts";
import type { ForeignMappings } from "./form.ts";

/** The keys of every such entry. */
export const IDENTITY_KEYS = ["arn", "username", "groups"] as const;

/** An entry in a list that messages call `list`, with the faults that are found in it. */
export interface IdentityEntry {
  readonly node: YamlNode;
  readonly fields: ReadonlyMap<string, YamlNode>;
  readonly fault: Fault;
}

/**
 * Reads a list of entries.
 *
 * @param keys all keys that an entry may have
 * @param skip takes an entry that is none of a user or role, and says whether it did
 */
export function readIdentityList(
  items: readonly YamlNode[],
  { list, keys, clouds, skip }: {
    readonly list: string;
    readonly keys: readonly string[];
    readonly clouds: readonly ArnReader[];
    readonly skip?: (entry: IdentityEntry) => boolean;
  },
): ForeignMappings {
  const problems: MappingProblem[] = [];
  const report: Report = ({ line, column }, severity, message) => problems.push({ line, column, severity, message });
  const rules = items.flatMap((node, i): Rule[] => {
    const whys: string[] = [];
    const fault: Fault = (at, why) => {
      whys.push(why);
      return void report(at, "invalid", `Cannot use entry ${i + 1} of ${list}: ${why}`);
    };
    if (node.kind !== "map") {
      return fault(node, `it is ${kindOf(node)}; write a map with arn, username and groups`) ?? [];
    }
    const { fields, faults } = readFields(node, keys);
    for (const { at, why } of faults) fault(at, why);
    if (skip?.({ node, fields, fault })) return [];
    const rule = readIdentity(node, fields, { clouds, fault, whys });
    if (rule?.kind === "arn" && rule.arn.notice !== undefined) {
      report(rule, "warning", `Entry ${i + 1} of ${list}: ${rule.arn.notice}`);
    }
    return rule === undefined ? [] : [rule];
  });
  const settled = atOnce(settlingRules(inOrder(rules), () => `this entry of ${list}`, report));
  return { rules: settled, problems, entries: items };
}

/** Roles before users, as servers ask. */
function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const isOfRole = (rule: Rule) => sectionOf(rule) === "mapRoles";
  return [...rules.filter(isOfRole), ...rules.filter((rule) => !isOfRole(rule))];
}

function readIdentity(
  node: YamlNode,
  fields: ReadonlyMap<string, YamlNode>,
  { clouds, fault, whys }: {
    readonly clouds: readonly ArnReader[];
    readonly fault: Fault;
    readonly whys: readonly string[];
  },
): ArnRule | InvalidRule | undefined {
  const required = (key: string) => fields.get(key) ?? fault(node, `it has no ${key}; add one`);
  const arnNode = required("arn");
  const arn = arnNode && readArn(arnNode, { arnKey: "arn", clouds, fault });
  const usernameNode = required("username");
  const username = usernameNode && readUsername(usernameNode, fault);
  const groups = readGroups(fields.get("groups"), fault);
  if (arn === undefined) return undefined;
  return ruleOf({ arn, userId: undefined, ...placeOf(node) }, { username, groups, whys });
}
