import assert from "node:assert/strict";
import { readArnPattern } from "../../../lib/clouds/aws/arn.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import { createRuleIndex } from "../../../lib/mapping/lookup/rule_index.ts";
import { parseRules } from "../../../lib/mapping/rules.ts";
import { ACCOUNT, nameOf, roleSession, rulesOf, user, valueOf } from "../support.ts";

/** The username of the rule that wins, as the operator wrote it. */
function winner(text: string, identity: Identity): string | undefined {
  const rule = createRuleIndex(rulesOf(text).rules).find(identity);
  return rule?.kind === "account" ? `account ${rule.accountId}` : rule && nameOf(rule);
}

function roles(...entries: readonly (readonly [role: string, username: string, userid?: string])[]): string {
  return "mapRoles:\n" +
    entries.map(([role, username, userid]) =>
      `  - {roleARN: "acs:ram::${ACCOUNT}:role/${role}", username: ${username}${
        userid ? `, userid: "${userid}"` : ""
      }}\n`
    ).join("");
}

const ADMIN = roleSession("Admin", "alice");

for (
  const [why, text, identity, want] of [
    ["no rules", "mapRoles: []", ADMIN, undefined],
    ["an exact rule", roles(["Admin", "one"]), ADMIN, "one"],
    ["a rule in another case", roles(["aDMIN", "one"]), ADMIN, "one"],
    ["a longer name", roles(["Admin", "one"]), roleSession("Admin2", "s"), undefined],
    [
      "the last of two equal rules, as aws-iam-authenticator and ack-ram-authenticator have it",
      roles(["Admin", "one"], ["admin", "two"]),
      ADMIN,
      "two",
    ],
    ["a glob above an exact rule", roles(["A*", "glob"], ["Admin", "exact"]), ADMIN, "glob"],
    ["an exact rule above a glob", roles(["Admin", "exact"], ["A*", "glob"]), ADMIN, "exact"],
    ["the first of two globs", roles(["Z*", "zero"], ["*min", "one"], ["A*", "two"]), ADMIN, "one"],
    ["S-9: a glob that only contains the name", roles(["dmi*", "one"]), ADMIN, undefined],
    ["S-9: a glob that would repeat a letter", roles(["Admin*n", "one"]), ADMIN, undefined],
    ["a look-alike letter", roles(["k*", "one"]), roleSession("\u212A1", "s"), undefined],
    ["S-7: the pinned id", roles(["Admin", "one", "30000000000001"]), ADMIN, "one"],
    ["S-7: another id than the pinned one", roles(["Admin", "one", "30000000000002"]), ADMIN, undefined],
    ["S-7: an id that only starts like the pin", roles(["Admin", "one", "3000000000000"]), ADMIN, undefined],
    ["S-7: no id at all", roles(["Admin", "one", "3"]), roleSession("Admin", "s", { principalId: "" }), undefined],
    ["S-7: a pinned glob", roles(["A*", "one", "30000000000001"]), ADMIN, "one"],
    ["S-7: a pinned glob with another id", roles(["A*", "one", "1"], ["*", "two"]), ADMIN, "two"],
    ["S-7: a pin on another id, then none", roles(["Admin", "one", "1"], ["Admin", "two"]), ADMIN, "two"],
    ["S-7: a pin, then none", roles(["Admin", "one", "30000000000001"], ["Admin", "two"]), ADMIN, "one"],
    ["S-7: no pin, then a pin", roles(["Admin", "one"], ["Admin", "two", "30000000000001"]), ADMIN, "one"],
    ["S-7: one of many pins", roles(["Admin", "one", "1"], ["Admin", "two", "30000000000001"]), ADMIN, "two"],
    [
      "T-18: the re-created role",
      roles(["Admin", "x", "1"]),
      roleSession("Admin", "s", { principalId: "2" }),
      undefined,
    ],
  ] as const
) {
  Deno.test(`the rule that decides: ${why}`, () => assert.equal(winner(text, identity), want));
}

Deno.test("S-7: a pinned rule whose ARN is malformed matches nobody, whatever their id", () => {
  const text = `mapRoles: [{roleARN: "acs:ram::${ACCOUNT}:rôle/Admin", username: x, userid: "30000000000001"}]`;
  assert.equal(winner(text, ADMIN), undefined);
  assert.equal(winner(text, roleSession("", "", { canonicalArn: "" })), undefined);
});

Deno.test("T-18: a role of the same name in another account is another role", () => {
  const other = roleSession("Admin", "s", { accountId: "6", canonicalArn: "acs:ram::6:role/Admin" });
  assert.equal(winner(roles(["Admin", "one"], ["*", "two"]), other), undefined);
});

Deno.test("roles come before users, and users before accounts, wherever the sections stand in the file", () => {
  const text = `
mapAccounts: ["${ACCOUNT}"]
mapUsers: [{userARN: "acs:ram::${ACCOUNT}:user/*", username: user}]
mapRoles: [{roleARN: "acs:ram::${ACCOUNT}:role/A*", username: role}]`;
  assert.equal(winner(text, ADMIN), "role");
  assert.equal(winner(text, user("Admin")), "user");
  assert.equal(winner(text, roleSession("Other", "s")), `account ${ACCOUNT}`);
});

Deno.test("a rule for roles matches no user of that name, and a rule for users no role", () => {
  const text = `
mapRoles: [{roleARN: "acs:ram::${ACCOUNT}:role/*", username: role}]
mapUsers: [{userARN: "acs:ram::${ACCOUNT}:user/*", username: user}]`;
  assert.equal(winner(text, user("role")), "user");
  assert.equal(winner(text, roleSession("user", "s")), "role");
  const root = `acs:ram::${ACCOUNT}:root`;
  assert.equal(winner(text, user("x", { arn: root, canonicalArn: root })), undefined);
});

Deno.test("an account matches by its whole id, leading zeros included", () => {
  const text = `mapAccounts: [012345678901]`;
  assert.equal(winner(text, user("a", { accountId: "012345678901" })), "account 012345678901");
  for (const accountId of ["12345678901", "0123456789010", "1402433345", ""]) {
    assert.equal(winner(text, user("a", { accountId })), undefined);
  }
});

Deno.test("with rules of every kind mixed, the one that decides is the first that matches", () => {
  const names = ["a", "A", "ab", "abc", "a*", "?b*", "*c", "zz"];
  for (let shift = 0; shift < names.length; shift += 1) {
    const order = [...names.slice(shift), ...names.slice(0, shift)];
    const text = roles(...order.map((name, i) => [name, `rule-${i}`] as const));
    const matching = order.findIndex((name) => ["ab", "a*", "?b*"].includes(name));
    assert.equal(winner(text, roleSession("AB", "s")), `rule-${matching}`);
  }
});

Deno.test("two rules that are equal without their role paths: one is an error, and the one written without a path counts", () => {
  const clouds = [{ id: "aws", arnPrefix: "arn:", readArnPattern }] as const;
  const role = (path: string) => `  - {rolearn: "arn:aws:iam::123456789012:role/${path}", username: "${path}"}\n`;
  const parse = (...paths: readonly string[]) =>
    parseRules({
      mapRoles: valueOf(`mapRoles:\n${paths.map(role).join("")}`, "mapRoles"),
      mapUsers: undefined,
      mapAccounts: undefined,
    }, { clouds });

  const { rules, problems } = parse("a/Admin", "b/Admin", "Other", "ADMIN");
  assert.deepEqual(rules.map((rule) => rule.line), [5, 4]);
  const errors = problems.filter(({ severity }) => severity === "invalid");
  assert.deepEqual(errors.map(({ line }) => line), [2, 3]);
  for (const { message } of errors) assert.match(message, /^Cannot use this rule of mapRoles: .*rule at line 5/);
  assert.deepEqual(parse("a/Admin", "b/Admin").rules.map((rule) => rule.line), [2]);
  assert.deepEqual(parse("Admin", "admin").problems.map(({ severity }) => severity), ["warning"]);
});
