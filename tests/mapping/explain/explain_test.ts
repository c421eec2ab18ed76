import assert from "node:assert/strict";
import { principalOf } from "../../../lib/cli/verdicts/principal.ts";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import type { BackendMode } from "../../../lib/mapping/backend_mode.ts";
import { explain, type ExplainedSource } from "../../../lib/mapping/explain/explain.ts";
import type { Explanation } from "../../../lib/mapping/explain/explanation.ts";
import { createNamePolicy, warnOfReservedNames } from "../../../lib/mapping/name_policy.ts";
import type { ReservedPrefixes } from "../../../lib/mapping/reserved_prefixes.ts";
import { parseRules } from "../../../lib/mapping/rules.ts";
import { createRuleIndex } from "../../../lib/mapping/lookup/rule_index.ts";
import { valueOf } from "../support.ts";

const clouds = await loadClouds();
const ACCOUNT = "arn:aws:iam::123456789012";
const SESSION = "arn:aws:sts::123456789012:assumed-role";

interface SourceOptions {
  readonly name?: BackendMode;
  readonly reserved?: ReservedPrefixes;
}

function sourceOf(text: string, { name = "MountedFile", reserved = new Map() }: SourceOptions = {}): ExplainedSource {
  const sections = {
    mapRoles: valueOf(text, "mapRoles"),
    mapUsers: valueOf(text, "mapUsers"),
    mapAccounts: valueOf(text, "mapAccounts"),
  };
  const parsed = parseRules(sections, { clouds });
  const policy = createNamePolicy(name, reserved);
  return {
    name,
    path: "a.yaml",
    policy,
    rules: parsed.rules,
    problems: [...parsed.problems, ...warnOfReservedNames(parsed.rules, policy)],
    entries: Object.values(sections).flatMap((node) => node?.kind === "list" ? node.items : []),
  };
}

/** What becomes of an ARN, with a principal id where the token would have told one. */
function explained(arn: string, sources: readonly ExplainedSource[], principalId = ""): Explanation {
  const { identity } = principalOf(arn, clouds);
  return explain({ identity: { ...identity, principalId }, barred: undefined }, sources);
}

/** A line for each role: its ARN, or whole entry in flow style, and its username. */
function roles(...lines: readonly string[]): string {
  return `mapRoles:\n${lines.map((line) => `  - {${line}}\n`).join("")}`;
}

for (
  const { what, text, options, arn, principalId, result, summary } of [
    {
      what: "a role that is mapped with its path",
      text: roles(`rolearn: ${ACCOUNT}:role/team/Admin, username: "admin:{{SessionName}}"`),
      arn: `${SESSION}/Admin/dave@example.com`,
      result: "allowed",
      summary:
        'allowed as "admin:dave-example.com" by the rule at line 2 (MountedFile); read without its path, which ' +
        `STS does not tell, as "${ACCOUNT}:role/Admin"`,
    },
    {
      what: "a user who is mapped without the path",
      text: `mapUsers:\n  - {userarn: "${ACCOUNT}:user/erin", username: erin}\n`,
      arn: `${ACCOUNT}:user/ops/erin`,
      result: "refused",
      summary:
        "refused: no rule names it; nearest: line 2 (MountedFile): differs by path: it has no path, and STS tells " +
        "users with theirs; write user/ops/erin",
    },
    {
      what: "a path that was written with a wildcard, which is invalid",
      text: roles(`rolearn: "${ACCOUNT}:role/team/Adm*", username: admin`),
      arn: `${SESSION}/Admin/dave`,
      result: "refused",
      summary:
        "refused: line 2 (MountedFile) names it, but is invalid: Cannot use entry 1 of mapRoles: Cannot use ARN " +
        `"${ACCOUNT}:role/team/Adm*": STS does not tell the path of a role, so that "${ACCOUNT}:role/Adm*" would match ` +
        "roles of any path; write that if it is what you want, or name the role",
    },
    {
      what: "a permission set whose role has another ending now",
      text: roles(`rolearn: ${ACCOUNT}:role/AWSReservedSSO_Admin_aaaaaaaaaaaaaaaa, username: admin`),
      arn: `${SESSION}/AWSReservedSSO_Admin_0123456789abcdef/dave`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 2 (MountedFile): sso: the permission set's role has another " +
        'ending now (AWSReservedSSO_Admin_0123456789abcdef); write "sso: {permissionSetName: Admin, ...}"',
    },
    {
      what: "a permission set whose name only starts as the mapped one's does",
      text: roles(`sso: {permissionSetName: Admin, accountID: "123456789012"}, username: admin`),
      arn: `${SESSION}/AWSReservedSSO_Admin_ReadOnly_0123456789abcdef/dave`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 2 (MountedFile): permission set differs " +
        '("Admin", not "Admin_ReadOnly")',
    },
    {
      what: "a permission set",
      text: roles(`sso: {permissionSetName: Admin, accountID: "123456789012"}, username: admin, groups: [a, b]`),
      arn: `${SESSION}/AWSReservedSSO_Admin_0123456789abcdef/dave`,
      result: "allowed",
      summary: 'allowed as "admin" in "a", "b" by the rule at line 2 (MountedFile)',
    },
    {
      what: "another partition",
      text: roles(
        `rolearn: ${ACCOUNT}:role/Other, username: o`,
        "rolearn: arn:aws-cn:iam::123456789012:role/A, username: a",
      ),
      arn: `${SESSION}/A/s`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 3 (MountedFile): differs by partition (aws-cn, not aws)",
    },
    {
      what: "another account",
      text: roles(
        `rolearn: ${ACCOUNT}:role/Other, username: o`,
        "rolearn: arn:aws:iam::111122223333:role/Dev, username: d",
      ),
      arn: `${SESSION}/Dev/s`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 3 (MountedFile): differs by account " +
        "(111122223333, not 123456789012)",
    },
    {
      what: "another letter case, which does not count",
      text: roles(`rolearn: ${ACCOUNT}:role/DEV, username: d`),
      arn: `${SESSION}/Dev/s`,
      result: "allowed",
      summary:
        'allowed as "d" by the rule at line 2 (MountedFile); it differs in letter case only, which does not count',
    },
    {
      what: "a rule that is shadowed",
      text: roles(`rolearn: "${ACCOUNT}:role/*", username: viewer`, `rolearn: ${ACCOUNT}:role/Admin, username: admin`),
      arn: `${SESSION}/Admin/s`,
      result: "allowed",
      summary: 'allowed as "viewer" by the rule at line 2 (MountedFile); line 3 (MountedFile) matches too, but is ' +
        "shadowed by line 2 (MountedFile)",
    },
    {
      what: "an entry that is invalid",
      text: roles(`rolearn: "${ACCOUNT}:role/Admin ", username: admin`),
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: line 2 (MountedFile) names it, but is invalid: Cannot use entry 1 of mapRoles: its roleARN " +
        `"${ACCOUNT}:role/Admin " has white space around it; remove it`,
    },
    {
      what: "an entry that is invalid, while a mapped account lets the principal in as somebody else",
      text: `${roles(`rolearn: ${ACCOUNT}:role/Admin, usrname: a, username: a`)}mapAccounts: ["123456789012"]\n`,
      arn: `${SESSION}/Admin/s`,
      result: "allowed",
      summary:
        `allowed as "${ACCOUNT}:role/Admin" by mapAccounts at line 3 (MountedFile); line 2 (MountedFile) names it ` +
        'too, but is invalid: Cannot use entry 1 of mapRoles: nothing is known as "usrname" here; did you mean "username"?',
    },
    {
      what: "an entry for a session of that name, which is invalid, and not about the user",
      text: roles(`rolearn: ${SESSION}/Admin/alice, username: x`) +
        `mapUsers:\n  - {userarn: ${ACCOUNT}:user/alice, username: alice}\n`,
      arn: `${ACCOUNT}:user/alice`,
      result: "allowed",
      summary: 'allowed as "alice" by the rule at line 4 (MountedFile)',
    },
    {
      what: "an entry for a session, which is invalid, and about its role",
      text: roles(`rolearn: ${SESSION}/Admin/alice, username: x`),
      arn: `${SESSION}/Admin/bob`,
      result: "refused",
      summary: "refused: line 2 (MountedFile) names it, but is invalid: Cannot use entry 1 of mapRoles: its roleARN " +
        `"${SESSION}/Admin/alice" names one session, and whoever assumes the role chooses the session's name; write ` +
        `"${ACCOUNT}:role/Admin" to map the role`,
    },
    {
      what: "an invalid entry for a user of the role's name, which is not about the role",
      text: `mapUsers:\n  - {userarn: ${ACCOUNT}:user/Admin, usrname: a, username: a}\n`,
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: not mapped: there are no rules",
    },
    {
      what: "an invalid entry for another role, whose username has the role's name",
      text: roles(`rolearn: ${ACCOUNT}:role/Dev, usrname: a, username: Admin`),
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: not mapped: there are no rules",
    },
    {
      what: "an invalid entry with a wildcard that matches, and an id that an ARN does not tell",
      text: roles(`rolearn: "${ACCOUNT}:role/A*", userid: AROAEXAMPLEEXAMPLE12, usrname: a, username: a`),
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary:
        "refused: line 2 (MountedFile) names it, but is invalid: Cannot use entry 1 of mapRoles: nothing is known " +
        'as "usrname" here; did you mean "username"?',
    },
    {
      what: "a section that is invalid as a whole",
      text: `mapRoles:\n  rolearn: ${ACCOUNT}:role/Admin\n`,
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: no rule names it, and line 2 (MountedFile) is invalid: Cannot use mapRoles: it is a map; " +
        "write a list of entries",
    },
    {
      what: "a wildcard that stands for one character",
      text: roles(`rolearn: "${ACCOUNT}:role/Dev-?", username: d`),
      arn: `${SESSION}/Dev-12/s`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 2 (MountedFile): its wildcard does not match: the whole of " +
        '"Dev-12" must have the form "Dev-?", where "*" is any run of characters and "?" is one',
    },
    {
      what: "a wildcard in the place of the account, which would cross a colon",
      text: roles(`rolearn: "arn:aws:iam::*:role/Admin", username: admin`),
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary:
        "refused: line 2 (MountedFile) names it, but is invalid: Cannot use entry 1 of mapRoles: Cannot use ARN " +
        '"arn:aws:iam::*:role/Admin": the account must be written in its 12 digits, without "*" or "?"',
    },
    {
      what: "a reserved prefix",
      text: roles(`rolearn: ${ACCOUNT}:role/Admin, username: "team:x"`),
      options: {
        reserved: new Map([["MountedFile", {
          usernamePrefixes: ["team:"],
          groupPrefixes: [],
          allowsSystemNames: false,
          allowsAdminGroups: false,
        }]]),
      },
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: the rule at line 2 (MountedFile) names it, but its username for this identity starts with " +
        '"team:", which is reserved; choose another username',
    },
    {
      what: "a system name in a ConfigMap",
      text: roles(`rolearn: ${ACCOUNT}:role/Admin, username: admin, groups: ["system:masters"]`),
      options: { name: "EKSConfigMap" },
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: the rule at line 2 (EKSConfigMap) names it, but its group for this identity starts with " +
        '"system:", which this source may not give',
    },
    {
      what: "a principal that is not mapped",
      text: roles(`rolearn: ${ACCOUNT}:role/Operations, username: o`),
      arn: `${ACCOUNT}:user/dave`,
      result: "refused",
      summary: "refused: not mapped: no rule of 1 names it or comes near",
    },
    {
      what: "no mappings at all",
      text: "mapRoles: []\n",
      arn: `${ACCOUNT}:user/dave`,
      result: "refused",
      summary: "refused: not mapped: there are no rules",
    },
    {
      what: "a user of the name that a role is mapped by",
      text: roles(`rolearn: ${ACCOUNT}:role/dave, username: o`),
      arn: `${ACCOUNT}:user/dave`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 2 (MountedFile): kind differs (role, not user)",
    },
    {
      what: "a slip of the pen",
      text: roles(`rolearn: ${ACCOUNT}:role/Adimn, username: o`),
      arn: `${SESSION}/Admin/s`,
      result: "refused",
      summary: "refused: no rule names it; nearest: line 2 (MountedFile): name differs (Adimn, not Admin)",
    },
    {
      what: "a pinned id, of which an ARN tells nothing",
      text: roles(`rolearn: ${ACCOUNT}:role/Admin, username: a, userid: AROAEXAMPLE1`),
      arn: `${SESSION}/Admin/s`,
      result: "depends",
      summary:
        'depends: line 2 (MountedFile) names it, but only with the id "AROAEXAMPLE1" (userid), which an ARN does ' +
        "not tell; explain a token to know",
    },
    {
      what: "a pinned id before a rule without one",
      text: roles(
        `rolearn: ${ACCOUNT}:role/Admin, username: a, userid: AROAEXAMPLE1`,
        `rolearn: ${ACCOUNT}:role/Admin, username: b`,
      ),
      arn: `${SESSION}/Admin/s`,
      result: "allowed",
      summary:
        'allowed as "b" by the rule at line 3 (MountedFile); but first, line 2 (MountedFile) names it, but only ' +
        'with the id "AROAEXAMPLE1" (userid), which an ARN does not tell; explain a token to know',
    },
    {
      what: "a pinned id that differs",
      text: roles(`rolearn: ${ACCOUNT}:role/Admin, username: a, userid: AROAEXAMPLE1`),
      arn: `${SESSION}/Admin/s`,
      principalId: "AROAEXAMPLE2",
      result: "refused",
      summary: 'refused: no rule names it; nearest: line 2 (MountedFile): its userid is "AROAEXAMPLE1", and the ' +
        `principal's id "AROAEXAMPLE2": it was recreated, or is another one of that name`,
    },
    {
      what: "a role of Alibaba Cloud in another account",
      text: roles("rolearn: acs:ram::1234567890123456:role/Ops, username: o"),
      arn: "acs:ram::6543210987654321:assumed-role/Ops/alice",
      result: "refused",
      summary: "refused: no rule names it; nearest: line 2 (MountedFile): differs by account " +
        "(1234567890123456, not 6543210987654321)",
    },
    {
      what: "a role of the other cloud",
      text: roles("rolearn: acs:ram::1234567890123456:role/Ops, username: o"),
      arn: `${SESSION}/Ops/alice`,
      result: "refused",
      summary: "refused: not mapped: no rule of 1 names it or comes near",
    },
  ] as const satisfies readonly {
    readonly what: string;
    readonly text: string;
    readonly options?: SourceOptions;
    readonly arn: string;
    readonly principalId?: string;
    readonly result: Explanation["result"];
    readonly summary: string;
  }[]
) {
  Deno.test(`explain() names the cause in one sentence: ${what}`, () => {
    const found = explained(arn, [sourceOf(text, options ?? {})], principalId);
    assert.deepEqual([found.result, found.summary], [result, summary]);
  });
}

Deno.test("explain() names the nearest of several misses first", () => {
  const text = roles(
    `rolearn: ${ACCOUNT}:role/Adimn, username: spelling`,
    `rolearn: arn:aws:iam::111122223333:role/Admin, username: account`,
    `rolearn: ${ACCOUNT}:role/Operations, username: far`,
    `rolearn: arn:aws-cn:iam::123456789012:role/Admin, username: partition`,
    `rolearn: arn:aws-cn:iam::111122223333:role/Admin, username: both`,
  );
  const { nearest } = explained(`${SESSION}/Admin/s`, [sourceOf(text)]);
  assert.deepEqual(nearest.map(({ line }) => line), [5, 3, 2]);
});

Deno.test("explain() tries the sources in their order, and every rule of each in its order", () => {
  const far = `rolearn: ${ACCOUNT}:role/Operations, username: o`;
  const admin = `rolearn: ${ACCOUNT}:role/Admin, username: admin`;
  const sources = [sourceOf(roles(far)), sourceOf(roles(far, admin), { name: "CRD" }), sourceOf(roles(admin))];
  const { summary, user, tried } = explained(`${SESSION}/Admin/s`, sources);
  assert.match(summary, /^allowed as "admin" by the rule at line 3 \(CRD\); line 2 \(MountedFile\) matches too/);
  assert.deepEqual(user, { username: "admin", groups: [] });
  assert.deepEqual(tried.map(({ source, line, outcome }) => [source, line, outcome]), [
    ["MountedFile", 2, "differs"],
    ["CRD", 2, "differs"],
    ["CRD", 3, "decides"],
    ["MountedFile", 2, "late"],
  ]);
});

Deno.test("explain() says that what is barred is refused, and still tries the rules", () => {
  const { identity } = principalOf(`${SESSION}/Admin/s`, clouds);
  const source = sourceOf(roles(`rolearn: ${ACCOUNT}:role/Admin, username: admin`));
  const { result, summary, tried } = explain({ identity, barred: "another cloud" }, [source]);
  assert.deepEqual([result, summary, tried[0]?.outcome], ["refused", "refused: another cloud", "decides"]);
});

Deno.test("explain() decides as the index of all rules does, for every pair of rule and identity", () => {
  const names = ["role/Admin", "role/admin", "role/Adm*", "role/Dev", "role/AWSReservedSSO_Admin_0123456789abcdef"];
  const text = `${roles(...names.map((name) => `rolearn: "${ACCOUNT}:${name}", username: u`))}` +
    `  - {sso: {permissionSetName: Admin, accountID: "123456789012"}, username: u}\n` +
    `mapUsers:\n  - {userarn: "${ACCOUNT}:root", username: u}\n  - {userarn: "${ACCOUNT}:user/*", username: u}\n`;
  const { rules } = sourceOf(text);
  for (
    const arn of ["role/Admin", "role/Dev", "role/AWSReservedSSO_Admin_0123456789abcdef", "root", "user/a/b", "role/X"]
  ) {
    const { identity } = principalOf(`${ACCOUNT}:${arn}`, clouds);
    for (const rule of rules) {
      const isMatch = createRuleIndex([rule]).find(identity) !== undefined;
      const source = { ...sourceOf(text), rules: [rule] };
      const { result, tried } = explain({ identity, barred: undefined }, [source]);
      assert.equal(result, isMatch ? "allowed" : "refused");
      assert.equal(tried[0]!.distance === 0, isMatch, `${arn} ${tried[0]!.names}: ${tried[0]!.why}`);
    }
  }
});
