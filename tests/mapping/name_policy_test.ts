import assert from "node:assert/strict";
import { judgeRules } from "../../lib/mapping/judge_rules.ts";
import { createNamePolicy } from "../../lib/mapping/name_policy.ts";
import { MappingRefused } from "../../lib/mapping/outcome.ts";
import { renderUser } from "../../lib/mapping/render.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { ACCOUNT, roleSession, rulesOf, valueOf } from "./support.ts";

const SESSION = roleSession("R", "masters");

/** Whether a source gives a name under a `reservedPrefixConfig`, and what is warned of when the rule is read. */
function given(
  source: "MountedFile" | "CRD" | "EKSConfigMap",
  { config = "", username = "a", group }: { config?: string; username?: string; group?: string },
): { readonly isGiven: boolean; readonly warnings: readonly string[]; readonly haveNoEffect: boolean } {
  const policy = createNamePolicy(source, parseReservedPrefixes(valueOf(config, "reservedPrefixConfig")));
  const groups = group === undefined ? "" : `, groups: ["${group}"]`;
  const { rules } = rulesOf(`mapRoles: [{roleARN: "acs:ram::${ACCOUNT}:role/R", username: "${username}"${groups}}]`);
  const problems = judgeRules(rules, { accepted: { clouds: [] }, policy });
  const warnings = problems.map(({ message }) => message);
  const haveNoEffect = problems.some(({ hasNoEffect }) => hasNoEffect);
  try {
    renderUser(rules[0]!, SESSION, policy);
    return { isGiven: true, warnings, haveNoEffect };
  } catch (error) {
    assert.ok(error instanceof MappingRefused);
    return { isGiven: false, warnings, haveNoEffect };
  }
}

const LOCK = `reservedPrefixConfig: [{backendMode: CRD, usernamePrefixReserveList: ["system:"]}]`;
const SYSTEM = "reservedPrefixConfig: [{backendMode: CRD, systemNames: allow}]";
const ADMINS = "reservedPrefixConfig: [{backendMode: CRD, adminGroups: allow}]";
const USERNAMES = `reservedPrefixConfig: [{backendMode: CRD, usernamePrefixReserveList: ["team-"]}]`;
const GROUPS = `reservedPrefixConfig: [{backendMode: CRD, groupPrefixReserveList: ["team-"]}]`;

for (
  const [what, source, rule, isGiven] of [
    ["a system group, by default", "CRD", { group: "system:masters" }, false],
    ["a system username, by default", "CRD", { username: "system:admin" }, false],
    ["a system group, under an entry that reserves a prefix", "CRD", { config: LOCK, group: "system:masters" }, false],
    ["a system username, under such an entry", "CRD", { config: LOCK, username: "system:admin" }, false],
    ["a system group, once that is allowed", "CRD", { config: SYSTEM, group: "system:masters" }, true],
    ["a system group, where another source may", "EKSConfigMap", { config: SYSTEM, group: "system:masters" }, false],
    ["kubeadm's group of administrators, by default", "CRD", { group: "kubeadm:cluster-admins" }, false],
    ["the group that init binds, by default", "CRD", { group: "ram-auth:admins" }, false],
    ["the same, once that is allowed", "CRD", { config: ADMINS, group: "ram-auth:admins" }, true],
    ["the same, under an entry that reserves a prefix", "CRD", { config: LOCK, group: "ram-auth:admins" }, false],
    ["a reserved username", "CRD", { config: USERNAMES, username: "team-a" }, false],
    ["a group that starts as a reserved username", "CRD", { config: USERNAMES, group: "team-a" }, true],
    ["a system group, where only those are allowed", "CRD", { config: ADMINS, group: "system:masters" }, false],
    ["a reserved group", "CRD", { config: GROUPS, group: "team-a" }, false],
    ["a reserved group that a session completes", "CRD", {
      config: `reservedPrefixConfig: [{backendMode: CRD, groupPrefixReserveList: ["mast"]}]`,
      group: "{{SessionName}}",
    }, false],
    ["a username that starts as a reserved group", "CRD", { config: GROUPS, username: "team-a" }, true],
    ["any of them, as the config file", "MountedFile", { group: "kubeadm:cluster-admins" }, true],
    ["a system group, as the config file", "MountedFile", { group: "system:masters" }, true],
    ["what is reserved for the config file itself", "MountedFile", {
      config: `reservedPrefixConfig: [{backendMode: File, groupPrefixReserveList: ["kubeadm:"]}]`,
      group: "kubeadm:cluster-admins",
    }, false],
  ] as const
) {
  Deno.test(`S-8: ${source} ${isGiven ? "gives" : "does not give"} ${what}`, () => {
    const found = given(source, rule);
    assert.equal(found.isGiven, isGiven);
    const isSession = "group" in rule && rule.group.includes("{{");
    if (isSession) return;
    assert.equal(found.warnings.some((text) => /lets nobody in/.test(text)), !isGiven);
    assert.equal(found.haveNoEffect, !isGiven);
  });
}

Deno.test("a warning of a reserved name says which line allows it", () => {
  assert.match(
    given("CRD", { group: "system:masters" }).warnings[0]!,
    /write "systemNames: allow" for CRD in reserved/,
  );
  assert.match(given("CRD", { group: "kubeadm:x" }).warnings[0]!, /write "adminGroups: allow" for CRD in reserved/);
});

for (
  const [what, rule, says] of [
    ["a username that the caller chooses", { username: "{{SessionName}}" }, /whoever assumes the role chooses it/],
    ["a group that the caller chooses", { group: "{{SessionNameRaw}}" }, /its group is "{{SessionNameRaw}}" alone/],
    ["a username that is an account's id", { username: "{{AccountID}}" }, undefined],
    ["a username with a prefix of its own", { username: "aws:{{SessionName}}" }, undefined],
    [
      "a system name that a placeholder completes",
      { username: "system:{{SessionName}}" },
      /between the first two colons/,
    ],
    ["a system name with a fixed role", { username: "system:node:{{SessionName}}" }, undefined],
    ["letters of two scripts", { username: "\u0430dmin" }, /mixes letters of several scripts/],
    ["words of two scripts", { username: "admin-\u0430\u0434\u043c\u0438\u043d" }, undefined],
    ["letters of one script", { username: "\u0430\u0434\u043c\u0438\u043d" }, undefined],
  ] as const
) {
  Deno.test(`a rule with ${what} is ${says === undefined ? "as it should be" : "warned of"}`, () => {
    const { warnings } = given("MountedFile", rule);
    if (says === undefined) assert.deepEqual(warnings, []);
    else assert.match(warnings.join("\n"), says);
  });
}
