/**
 * From a rule that matches to the Kubernetes user. The one place where users are made, so the one place that decides
 * which names a source may give.
 *
 * @module
 */

import type { BackendMode } from "./backend_mode.ts";
import type { Identity } from "../identity/identity.ts";
import { quoted } from "../quote.ts";
import { nameFault } from "./name.ts";
import { placeText } from "./problem.ts";
import { type MappedUser, MappingRefused } from "./outcome.ts";
import type { Rule } from "./rule.ts";
import { type LookedUp, needsPrivateDnsName, renderTemplate, type Template } from "./template.ts";

/**
 * How the names start that Kubernetes keeps for itself: `system:masters` is above RBAC. Compared as RBAC compares
 * names, by exact text: `System:masters` is a group like any other.
 */
export const SYSTEM_PREFIX = "system:";

/** Which names a source may give. */
export interface NamePolicy {
  /** The source, for messages: `MountedFile`. */
  readonly source: BackendMode;
  /** Whether its users and groups may have names that start with `system:`. */
  readonly systemNames: "allowed" | "refused";
  /** Usernames must not start with any of these. */
  readonly reservedUsernamePrefixes: readonly string[];
  /** Groups must not start with any of these. */
  readonly reservedGroupPrefixes: readonly string[];
}

/** A name that a rule gave to an identity, and how much of its start the operator wrote. */
interface RenderedName {
  readonly text: string;
  readonly literalStart: string;
}

/**
 * The user that a rule gives to an identity.
 *
 * @throws {MappingRefused} if one of the names is empty, too long, unprintable or reserved, or if the rule
 * {@linkcode isForInstances} and nobody looked up the instance's name
 */
export function renderUser(rule: Rule, identity: Identity, policy: NamePolicy, lookedUp: LookedUp = {}): MappedUser {
  if (isForInstances(rule) && lookedUp.privateDnsName === undefined) {
    throw refusedBy(rule, policy, "its names hold the private DNS name of an instance, for which EC2 was not asked");
  }
  const checked = (what: "username" | "group", name: RenderedName): string => {
    const fault = nameFault(name.text) ?? reservedFault(what, name, policy);
    if (fault === undefined) return name.text;
    throw refusedBy(rule, policy, `its ${what} for this identity ${fault}`);
  };
  switch (rule.kind) {
    case "account":
      return { username: checked("username", { text: identity.canonicalArn, literalStart: "" }), groups: [] };
    case "invalid":
      throw refusedBy(rule, policy, `the entry is invalid: ${rule.why}`);
    case "arn":
      return {
        username: checked("username", fill(rule.username, identity, lookedUp)),
        groups: rule.groups.map((group) => checked("group", fill(group, identity, lookedUp))),
      };
  }
}

/** Whether somebody must ask EC2 before the rule can be used. */
export function isForInstances(rule: Rule): boolean {
  return rule.kind === "arn" && [rule.username, ...rule.groups].some(needsPrivateDnsName);
}

/** The refusal of an identity that a rule matches; `why` follows a colon. */
export function refusedBy(rule: Rule, policy: NamePolicy, why: string): MappingRefused {
  return new MappingRefused(`Cannot map the identity by the rule at ${placeText(rule)} of ${policy.source}`, why);
}

function fill(template: Template, identity: Identity, lookedUp: LookedUp): RenderedName {
  return { text: renderTemplate(template, identity, lookedUp), literalStart: template.literalStart };
}

function reservedFault(what: "username" | "group", name: RenderedName, policy: NamePolicy): string | undefined {
  const prefix = reservedPrefixes(what, policy).find((reserved) => name.text.startsWith(reserved));
  if (prefix !== undefined) return `starts with ${quoted(prefix)}, which is reserved; choose another ${what}`;
  if (!name.text.startsWith(SYSTEM_PREFIX)) return undefined;
  if (policy.systemNames === "refused") return `starts with "${SYSTEM_PREFIX}", which this source may not give`;
  if (name.literalStart.startsWith(systemRole(name.text))) return undefined;
  return `starts with "${SYSTEM_PREFIX}" and is completed by a placeholder; write the name out up to its second colon`;
}

/** What names of this kind must not start with. */
export function reservedPrefixes(what: "username" | "group", policy: NamePolicy): readonly string[] {
  return what === "username" ? policy.reservedUsernamePrefixes : policy.reservedGroupPrefixes;
}

/**
 * The part of a `system:` name that says what it is: `system:node:` of `system:node:a`, and all of `system:masters`.
 * The operator must have written it: whoever assumes a role chooses the session name, and so would choose "masters".
 */
function systemRole(name: string): string {
  const secondColon = name.indexOf(":", SYSTEM_PREFIX.length);
  return secondColon === -1 ? name : name.slice(0, secondColon + 1);
}
