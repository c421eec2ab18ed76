import assert from "node:assert/strict";
import type { Identity } from "../../lib/identity/identity.ts";
import { isForInstances, type NamePolicy, renderUser } from "../../lib/mapping/render.ts";
import { type MappedUser, MappingRefused } from "../../lib/mapping/outcome.ts";
import type { Rule } from "../../lib/mapping/rule.ts";
import { ACCOUNT, assertRefused, roleSession, rulesOf, user } from "./support.ts";

const ALLOWS: NamePolicy = {
  source: "MountedFile",
  systemNames: "allowed",
  reservedUsernamePrefixes: [],
  reservedGroupPrefixes: [],
};
const REFUSES: NamePolicy = { ...ALLOWS, source: "CRD", systemNames: "refused" };

function ruleOf(username: string, groups: readonly string[] = []): Rule {
  const { rules, problems } = rulesOf(
    `mapRoles: [{roleARN: "acs:ram::${ACCOUNT}:role/R", username: ${JSON.stringify(username)}, ` +
      `groups: ${JSON.stringify(groups)}}]`,
  );
  assert.deepEqual(problems, []);
  return rules[0]!;
}

function asUsername(name: string, identity: Identity, policy: NamePolicy): MappedUser {
  return renderUser(ruleOf(name), identity, policy);
}

function asGroup(name: string, identity: Identity, policy: NamePolicy): MappedUser {
  return renderUser(ruleOf("someone", ["viewers", name]), identity, policy);
}

Deno.test("renderUser() fills the username and every group, in order", () => {
  const rule = ruleOf("admin:{{SessionName}}", ["system:masters", "account-{{AccountID}}"]);
  assert.deepEqual(renderUser(rule, roleSession("R", "a@b"), ALLOWS), {
    username: "admin:a-b",
    groups: ["system:masters", `account-${ACCOUNT}`],
  });
});

Deno.test("a mapped account gives the canonical ARN as username, and no groups", () => {
  const rule = rulesOf(`mapAccounts: ["${ACCOUNT}"]`).rules[0]!;
  const want = { username: `acs:ram::${ACCOUNT}:role/R`, groups: [] };
  assert.deepEqual(renderUser(rule, roleSession("R", "s"), ALLOWS), want);
  assertRefused(() => renderUser(rule, user("a", { canonicalArn: "system:masters" }), ALLOWS));
});

for (
  const [name, session] of [
    ["system:masters", "s"],
    ["system:node:{{SessionName}}", "i-0123"],
    ["system:node:{{SessionName}}", ""],
    ["System:masters", "s"],
    ["systems", "s"],
    ["x-system:masters", "s"],
    ["x{{SessionName}}", "system:masters"],
  ] as const
) {
  Deno.test(`S-8: "${name}" with session "${session}" is given by a source that allows system names`, () => {
    const identity = roleSession("R", session);
    asUsername(name, identity, ALLOWS);
    asGroup(name, identity, ALLOWS);
  });
}

for (
  const [name, session] of [
    ["{{SessionNameRaw}}", "system:masters"],
    ["sys{{SessionName}}", "tem:masters"],
    ["system{{SessionName}}", ":masters"],
    ["system:{{SessionName}}", "masters"],
    ["system:{{SessionName}}", "node:a"],
    ["system:mast{{SessionName}}", "ers"],
    ["system:node{{SessionName}}", ":a"],
    ["{{SessionName}}system:masters", ""],
  ] as const
) {
  Deno.test(`T-20: "${name}" with session "${session}" never gives a system name, in any source`, () => {
    for (const policy of [ALLOWS, REFUSES]) {
      assertRefused(() => asUsername(name, roleSession("R", session), policy));
      assertRefused(() => asGroup(name, roleSession("R", session), policy));
    }
  });
}

Deno.test("S-8: the name of an instance makes a node of the mounted file, and no other system name of any source", () => {
  const instance = roleSession("R", "i-0123");
  const named = (text: string, privateDnsName: string, policy: NamePolicy) =>
    renderUser(ruleOf(text, [text]), instance, policy, { privateDnsName });
  assert.deepEqual(named("system:node:{{EC2PrivateDNSName}}", "ip-10-0-0-1", ALLOWS), {
    username: "system:node:ip-10-0-0-1",
    groups: ["system:node:ip-10-0-0-1"],
  });
  assertRefused(() => named("system:node:{{EC2PrivateDNSName}}", "ip-10-0-0-1", REFUSES));
  assertRefused(() => named("system:{{EC2PrivateDNSName}}", "masters", ALLOWS));
  assertRefused(() => named("{{EC2PrivateDNSName}}", "system:masters", ALLOWS));
});

Deno.test("a rule that needs the name of an instance refuses whoever has none", () => {
  const rule = ruleOf("a", ["nodes-{{EC2PrivateDNSName}}"]);
  assert.ok(isForInstances(rule));
  assert.ok(!isForInstances(ruleOf("{{SessionName}}")));
  assertRefused(() => renderUser(rule, roleSession("R", "i-0123"), ALLOWS));
});

Deno.test("S-8: a source that refuses system names refuses them as usernames and as groups", () => {
  for (const name of ["system:masters", "system:node:{{SessionName}}", "system:"]) {
    assertRefused(() => asUsername(name, roleSession("R", "s"), REFUSES));
    assertRefused(() => asGroup(name, roleSession("R", "s"), REFUSES));
  }
});

Deno.test("S-8: reserved prefixes are enforced on what was rendered, for usernames only, by exact text", () => {
  const policy = { ...ALLOWS, reservedUsernamePrefixes: ["system:", "admin-"] };
  for (const name of ["admin-{{SessionName}}", "{{SessionName}}", "system:node:a", "ad{{SessionName}}"]) {
    const session = name === "ad{{SessionName}}" ? "min-x" : "admin-x";
    assertRefused(() => asUsername(name, roleSession("R", session), policy));
  }
  assert.equal(asUsername("Admin-{{SessionName}}", roleSession("R", "x"), policy).username, "Admin-x");
  assert.deepEqual(asGroup("system:masters", roleSession("R", "x"), policy).groups, ["viewers", "system:masters"]);
});

for (
  const [why, session] of [
    ["nothing", ""],
    ["blanks", "  "],
    ["more than the cap", "a".repeat(1025)],
    ["a line end", "a\nb"],
    ["a null byte", "a\0"],
    ["an escape", "\u001b[2J"],
    ["a line separator", "a\u2028b"],
    ["a bidirectional override", "nimda\u202E"],
    ["a zero width joiner", "a\u200Db"],
    ["a lone surrogate", "a\uDC00"],
  ] as const
) {
  Deno.test(`T-20: a session name that makes a name of ${why} is refused`, () => {
    assertRefused(() => asUsername("{{SessionName}}", roleSession("R", session), ALLOWS));
    assertRefused(() => asGroup("{{SessionName}}", roleSession("R", session), ALLOWS));
  });
}

Deno.test("a refusal names the rule and the source, and never what the caller chose", () => {
  assert.throws(() => asUsername("{{SessionNameRaw}}", roleSession("R", "system:masters"), REFUSES), (e) => {
    assert.ok(e instanceof MappingRefused);
    assert.match(e.message, /^Cannot map the identity by the rule at line 1, column 12 of CRD: its username /);
    assert.doesNotMatch(e.message + e.publicMessage, /masters/);
    return true;
  });
});
