import assert from "node:assert/strict";
import { parsePrincipalArn, readArnPattern } from "../../../lib/clouds/alibaba/arn.ts";
import { ArnError } from "../../../lib/clouds/cloud.ts";

const ACCOUNT = "1234567890123456";

Deno.test("parsePrincipalArn() reads the three kinds that STS gives", () => {
  const role = `acs:ram::${ACCOUNT}:role/KubernetesAdmin`;
  assert.deepEqual(parsePrincipalArn(`acs:ram::${ACCOUNT}:root`), {
    kind: "root",
    accountId: ACCOUNT,
    canonicalArn: `acs:ram::${ACCOUNT}:root`,
  });
  assert.deepEqual(parsePrincipalArn(`acs:ram::${ACCOUNT}:user/Alice.B@example-1`), {
    kind: "user",
    accountId: ACCOUNT,
    canonicalArn: `acs:ram::${ACCOUNT}:user/Alice.B@example-1`,
  });
  assert.deepEqual(parsePrincipalArn(`acs:ram::${ACCOUNT}:assumed-role/KubernetesAdmin/alice@example.com`), {
    kind: "assumed-role",
    accountId: ACCOUNT,
    canonicalArn: role,
    sessionName: "alice@example.com",
  });
});

for (
  const [why, arn] of [
    ["nothing", ""],
    ["another partition", `arn:ram::${ACCOUNT}:root`],
    ["another service", `acs:sts::${ACCOUNT}:root`],
    ["a region", `acs:ram:cn-hangzhou:${ACCOUNT}:root`],
    ["no account", "acs:ram:::root"],
    ["an account that is not a number", "acs:ram::12a:root"],
    ["an account of 21 digits", "acs:ram::123456789012345678901:root"],
    ["digits of another script", "acs:ram::１２３:root"],
    ["a role that nobody assumed", `acs:ram::${ACCOUNT}:role/R`],
    ["an assumed role without a session", `acs:ram::${ACCOUNT}:assumed-role/R`],
    ["an assumed role with an empty session", `acs:ram::${ACCOUNT}:assumed-role/R/`],
    ["a session with a slash", `acs:ram::${ACCOUNT}:assumed-role/R/a/b`],
    ["a session with a colon", `acs:ram::${ACCOUNT}:assumed-role/R/a:b`],
    ["an empty user", `acs:ram::${ACCOUNT}:user/`],
    ["a user with an asterisk", `acs:ram::${ACCOUNT}:user/*`],
    ["another case", `acs:ram::${ACCOUNT}:User/alice`],
    ["text before it", `x:acs:ram::${ACCOUNT}:root`],
    ["a line before it", `x\nacs:ram::${ACCOUNT}:root`],
    ["text after it", `acs:ram::${ACCOUNT}:root\n`],
    ["a name of 129 characters", `acs:ram::${ACCOUNT}:user/${"a".repeat(129)}`],
  ] as const
) {
  Deno.test(`parsePrincipalArn() reads nothing from ${why}`, () => assert.equal(parsePrincipalArn(arn), undefined));
}

for (
  const [what, arn, want] of [
    ["a user", `acs:ram::1:user/alice`, { kind: "user", canonicalArn: "acs:ram::1:user/alice", isGlob: false }],
    ["a role", `acs:ram::1:role/Admin`, { kind: "role", canonicalArn: "acs:ram::1:role/Admin", isGlob: false }],
    ["an account", `acs:ram::1:root`, { kind: "root", canonicalArn: "acs:ram::1:root", isGlob: false }],
    ["a pattern", `acs:ram::1:user/a*`, { kind: "user", canonicalArn: "acs:ram::1:user/a*", isGlob: true }],
    ["one open character", `acs:ram::1:role/?`, { kind: "role", canonicalArn: "acs:ram::1:role/?", isGlob: true }],
    ["another case", "ACS:RAM::1:ROLE/Admin", { kind: "role", canonicalArn: "acs:ram::1:role/Admin", isGlob: false }],
    ["an assumed role, as its role", "acs:ram::1:assumed-role/Admin/alice", {
      kind: "role",
      canonicalArn: "acs:ram::1:role/Admin",
      isGlob: false,
      notice: 'read as its role, "acs:ram::1:role/Admin"',
      session: "alice",
    }],
    ["an assumed role without a session, as its role", "acs:ram::1:assumed-role/Admin", {
      kind: "role",
      canonicalArn: "acs:ram::1:role/Admin",
      isGlob: false,
      notice: 'read as its role, "acs:ram::1:role/Admin"',
    }],
  ] as const
) {
  Deno.test(`readArnPattern() reads ${what}`, () => assert.deepEqual(readArnPattern(arn), want));
}

for (
  const [why, arn] of [
    ["nothing", ""],
    ["an asterisk alone", "*"],
    ["an open account", "acs:ram::*:role/Admin"],
    ["a partly open account", "acs:ram::123?:role/Admin"],
    ["no account", "acs:ram:::role/Admin"],
    ["an ARN of another cloud", "arn:aws:iam::123456789012:role/Admin"],
    ["an open kind", "acs:ram::1:*"],
    ["a group", "acs:ram::1:group/Admins"],
    ["a role with a path", "acs:ram::1:role/team/Admin"],
    ["an empty name", "acs:ram::1:user/"],
    ["an open session", "acs:ram::1:assumed-role/Admin/*"],
    ["white space around it", " acs:ram::1:root"],
    ["text after it", "acs:ram::1:root\n"],
  ] as const
) {
  Deno.test(`readArnPattern() refuses ${why}`, () => {
    assert.throws(() => readArnPattern(arn), (e) => e instanceof ArnError && e.code === "ERR_ARN");
  });
}
