/**
 * Which names each source may give, by what it is and what `reservedPrefixConfig` says.
 *
 * @module
 */

import { cloudOfArn, hasInstances } from "../clouds/registry.ts";
import type { BackendMode } from "./backend_mode.ts";
import type { MappingProblem } from "./problem.ts";
import { isForInstances, type NamePolicy, SYSTEM_PREFIX } from "./render.ts";
import type { ReservedPrefixes } from "./reserved_prefixes.ts";
import type { ArnRule, Rule } from "./rule.ts";

/**
 * The policy of a source. `system:` names are for the mounted file, because that is where clusters map their admins and
 * nodes, and who can write it can already do anything on the server's machine. Any other source may give them once
 * `reservedPrefixConfig` has an entry for it: the operator has then said which names it must not give.
 */
export function createNamePolicy(source: BackendMode, reserved: ReservedPrefixes): NamePolicy {
  const listed = reserved.get(source);
  return {
    source,
    systemNames: source === "MountedFile" || listed !== undefined ? "allowed" : "refused",
    reservedUsernamePrefixes: listed ?? [],
  };
}

/** Rules that can never give the name that they promise, told when they are read and not only when somebody is refused. */
export function warnOfReservedNames(rules: readonly Rule[], policy: NamePolicy): MappingProblem[] {
  return rules.flatMap((rule): MappingProblem[] => {
    if (rule.kind !== "arn") return [];
    const { line, column, resource } = rule;
    const letsNobodyIn = (why: string): MappingProblem => ({
      line,
      column,
      ...(resource !== undefined && { resource }),
      severity: "warning",
      message: `This rule lets nobody in: ${why}`,
    });
    const warn = (what: string, prefix: string, advice: string) =>
      letsNobodyIn(`its ${what} starts with "${prefix}", which ${policy.source} may not give; ${advice}`);
    if (isForInstances(rule) && !canBeInstance(rule)) {
      return [letsNobodyIn('only roles of EC2 instances have an "{{EC2PrivateDNSName}}"; use another placeholder')];
    }
    const prefix = policy.reservedUsernamePrefixes.find((reserved) => rule.username.literalStart.startsWith(reserved));
    if (prefix !== undefined) return [warn("username", prefix, "choose another, or change reservedPrefixConfig")];
    if (policy.systemNames === "allowed") return [];
    const isSystem = ({ literalStart }: { readonly literalStart: string }) => literalStart.startsWith(SYSTEM_PREFIX);
    const advice = `map it in the server's config file, or give reservedPrefixConfig an entry for ${policy.source}`;
    if (isSystem(rule.username)) return [warn("username", SYSTEM_PREFIX, advice)];
    return rule.groups.some(isSystem) ? [warn("group", SYSTEM_PREFIX, advice)] : [];
  });
}

function canBeInstance({ arn }: ArnRule): boolean {
  const cloud = cloudOfArn(arn.canonicalArn);
  return arn.kind === "role" && cloud !== undefined && hasInstances(cloud);
}
