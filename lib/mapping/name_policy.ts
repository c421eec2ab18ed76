/**
 * Which names each source may give, by what it is and what `reservedPrefixConfig` says.
 *
 * @module
 */

import { flatMapInSteps, type Steps } from "../steps.ts";
import { cloudOfArn, hasInstances } from "../clouds/registry.ts";
import type { BackendMode } from "./backend_mode.ts";
import type { MappingProblem } from "./problem.ts";
import { isForInstances, type NamePolicy, reservedPrefixes, SYSTEM_PREFIX } from "./render.ts";
import type { ReservedPrefixes } from "./reserved_prefixes.ts";
import type { ArnRule, Rule } from "./rule.ts";
import { warnOfSuspiciousNames } from "./suspicious_names.ts";
import type { Template } from "./template.ts";

/**
 * Groups that are bound to the rights of an administrator in clusters as they come: `kubeadm:cluster-admins` since
 * Kubernetes 1.29, and what `ram-auth init --admin-arn` binds.
 */
export const ADMIN_GROUP_PREFIXES: readonly string[] = ["kubeadm:", "ram-auth:"];

/** The source that root alone writes, on the control plane node, and which therefore may give every name. */
const TRUSTED: BackendMode = "MountedFile";

/**
 * The policy of a source. Who can write the config file can already do anything on the server's machine; who can write
 * a ConfigMap, a custom resource or a file that another program makes need not be an administrator. So `system:` names
 * and the administrators' groups are for the config file alone, unless the operator allows them to another source by
 * name. What is listed as reserved is forbidden to any source (ADR 21).
 */
export function createNamePolicy(source: BackendMode, reserved: ReservedPrefixes): NamePolicy {
  const entry = reserved.get(source);
  const isTrusted = source === TRUSTED;
  return {
    source,
    systemNames: isTrusted || entry?.allowsSystemNames ? "allowed" : "refused",
    reservedUsernamePrefixes: entry?.usernamePrefixes ?? [],
    reservedGroupPrefixes: [
      ...(isTrusted || entry?.allowsAdminGroups ? [] : ADMIN_GROUP_PREFIXES),
      ...(entry?.groupPrefixes ?? []),
    ],
  };
}

/** What an operator should know of names that rules give, when they are read and not only when somebody logs in. */
export function* warningOfNames(rules: readonly Rule[], policy: NamePolicy): Steps<MappingProblem[]> {
  const reserved = yield* flatMapInSteps(rules, (rule) => warnOfReservedNames([rule], policy));
  return reserved.concat(yield* flatMapInSteps(rules, (rule) => warnOfSuspiciousNames([rule])));
}

/** Rules that can never give the name that they promise; reported when read, not only when somebody is refused. */
export function warnOfReservedNames(rules: readonly Rule[], policy: NamePolicy): MappingProblem[] {
  return rules.flatMap((rule): MappingProblem[] => {
    if (rule.kind !== "arn") return [];
    const { line, column, resource } = rule;
    const letsNobodyIn = (why: string, hasNoEffect: string): MappingProblem => ({
      line,
      column,
      ...(resource !== undefined && { resource }),
      severity: "warning",
      hasNoEffect,
      message: `This rule lets nobody in: ${why}`,
    });
    const warn = (what: string, prefix: string, advice: string) =>
      letsNobodyIn(
        `its ${what} starts with "${prefix}", which ${policy.source} may not give; ${advice}`,
        `its ${what} is reserved`,
      );
    if (isForInstances(rule) && !canBeInstance(rule)) {
      const why = 'only roles of EC2 instances have an "{{EC2PrivateDNSName}}"';
      return [letsNobodyIn(`${why}; use another placeholder`, why)];
    }
    const names = [["username", rule.username], ...rule.groups.map((group) => ["group", group] as const)] as const;
    for (const [what, { literalStart }] of names) {
      const prefix = reservedPrefixes(what, policy).find((reserved) => literalStart.startsWith(reserved));
      if (prefix !== undefined) return [warn(what, prefix, adviceOn(what, prefix, policy))];
      if (policy.systemNames === "refused" && literalStart.startsWith(SYSTEM_PREFIX)) {
        return [warn(what, SYSTEM_PREFIX, allowedBy("systemNames", policy))];
      }
    }
    return [];
  });
}

/** How names of this kind must not start that a source gives. */
export function closedPrefixes(what: "username" | "group", policy: NamePolicy): readonly string[] {
  return [...reservedPrefixes(what, policy), ...(policy.systemNames === "refused" ? [SYSTEM_PREFIX] : [])];
}

/** Whether a name starts so, or does with some session's name, which has no colon. */
export function mayStartWith({ literalStart, rest }: Template, prefix: string): boolean {
  if (literalStart.startsWith(prefix)) return true;
  if (!prefix.startsWith(literalStart) || !rest[0]?.name.startsWith("SessionName")) return false;
  return !prefix.slice(literalStart.length).includes(":") || rest.some(({ after }) => after.includes(":"));
}

function adviceOn(what: "username" | "group", prefix: string, policy: NamePolicy): string {
  return what === "group" && ADMIN_GROUP_PREFIXES.includes(prefix)
    ? allowedBy("adminGroups", policy)
    : "choose another, or change reservedPrefixConfig";
}

function allowedBy(key: "systemNames" | "adminGroups", { source }: NamePolicy): string {
  return `map it in the server's config file, or write "${key}: allow" for ${source} in reservedPrefixConfig`;
}

function canBeInstance({ arn }: ArnRule): boolean {
  const cloud = cloudOfArn(arn.canonicalArn);
  return arn.kind === "role" && cloud !== undefined && hasInstances(cloud);
}
