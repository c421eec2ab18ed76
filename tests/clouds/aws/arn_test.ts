import assert from "node:assert/strict";
import { parsePrincipalArn, readArnPattern } from "../../../lib/clouds/aws/arn.ts";
import { ArnError } from "../../../lib/clouds/cloud.ts";

const IAM = "arn:aws:iam::123456789012";
const STS = "arn:aws:sts::123456789012";
const OF_AWS = { partition: "aws", accountId: "123456789012" };

for (
  const [what, arn, want] of [
    ["an account", `${IAM}:root`, { ...OF_AWS, kind: "root", canonicalArn: `${IAM}:root` }],
    ["a user", `${IAM}:user/Alice.B@example-1`, {
      ...OF_AWS,
      kind: "user",
      canonicalArn: `${IAM}:user/Alice.B@example-1`,
    }],
    ["a user with a path", `${IAM}:user/ops/on call!/erin`.replace(" ", "+"), {
      ...OF_AWS,
      kind: "user",
      canonicalArn: `${IAM}:user/ops/on+call!/erin`,
    }],
    ["an assumed role", `${STS}:assumed-role/Cluster_Admin/alice@example.com`, {
      ...OF_AWS,
      kind: "assumed-role",
      canonicalArn: `${IAM}:role/Cluster_Admin`,
      sessionName: "alice@example.com",
    }],
    ["a federated user", `${STS}:federated-user/Bob`, {
      ...OF_AWS,
      kind: "federated-user",
      canonicalArn: `${STS}:federated-user/Bob`,
      name: "Bob",
    }],
    ["a role of another partition", "arn:aws-us-gov:sts::000000000001:assumed-role/R/s", {
      kind: "assumed-role",
      partition: "aws-us-gov",
      accountId: "000000000001",
      canonicalArn: "arn:aws-us-gov:iam::000000000001:role/R",
      sessionName: "s",
    }],
  ] as const
) {
  Deno.test(`parsePrincipalArn() reads ${what}`, () => assert.deepEqual(parsePrincipalArn(arn), want));
}

for (
  const [why, arn] of [
    ["nothing", ""],
    ["another cloud", "acs:ram::123456789012:root"],
    ["another scheme", "urn:aws:iam::123456789012:root"],
    ["an empty partition", "arn::iam::123456789012:root"],
    ["another service", "arn:aws:ec2::123456789012:root"],
    ["a region", "arn:aws:sts:us-east-1:123456789012:assumed-role/R/s"],
    ["no account", "arn:aws:iam:::root"],
    ["an account of 11 digits", "arn:aws:iam::12345678901:root"],
    ["an account of 13 digits", "arn:aws:iam::1234567890123:root"],
    ["digits of another script", "arn:aws:iam::１２３４５６７８９０１２:root"],
    ["a role that nobody assumed", `${IAM}:role/R`],
    ["an assumed role of the wrong service", `${IAM}:assumed-role/R/s`],
    ["a user of the wrong service", `${STS}:user/alice`],
    ["an account of the wrong service", `${STS}:root`],
    ["an assumed role without a session", `${STS}:assumed-role/R`],
    ["an assumed role with an empty session", `${STS}:assumed-role/R/`],
    ["an assumed role with a path", `${STS}:assumed-role/team/R/s`],
    ["a session with a colon", `${STS}:assumed-role/R/a:b`],
    ["an empty user", `${IAM}:user/`],
    ["a user with a path and no name", `${IAM}:user/ops/`],
    ["a user with an asterisk", `${IAM}:user/*`],
    ["a path with a colon", `${IAM}:user/a:b/erin`],
    ["a path with white space", `${IAM}:user/a b/erin`],
    ["a federated user with a path", `${STS}:federated-user/a/Bob`],
    ["a group", `${IAM}:group/Admins`],
    ["another case", `${IAM}:User/alice`],
    ["text before it", `x:${IAM}:root`],
    ["a line before it", `x\n${IAM}:root`],
    ["text after it", `${IAM}:root\n`],
    ["a name of 65 characters", `${IAM}:user/${"a".repeat(65)}`],
    ["a path above 512 characters", `${IAM}:user/${"a".repeat(511)}/erin`],
  ] as const
) {
  Deno.test(`parsePrincipalArn() reads nothing from ${why}`, () => assert.equal(parsePrincipalArn(arn), undefined));
}

const AS_ROLE = { kind: "role", canonicalArn: `${IAM}:role/Admin`, isGlob: false } as const;

for (
  const [what, arn, want] of [
    ["a user", `${IAM}:user/alice`, { kind: "user", canonicalArn: `${IAM}:user/alice`, isGlob: false }],
    ["a user with a path", `${IAM}:user/ops/erin`, {
      kind: "user",
      canonicalArn: `${IAM}:user/ops/erin`,
      isGlob: false,
    }],
    ["a role", `${IAM}:role/Admin`, AS_ROLE],
    ["an account", `${IAM}:root`, { kind: "root", canonicalArn: `${IAM}:root`, isGlob: false }],
    ["a federated user", `${STS}:federated-user/Bob`, {
      kind: "user",
      canonicalArn: `${STS}:federated-user/Bob`,
      isGlob: false,
    }],
    ["a role of any other partition", "arn:aws-iso-e:iam::000000000001:role/R", {
      kind: "role",
      canonicalArn: "arn:aws-iso-e:iam::000000000001:role/R",
      isGlob: false,
    }],
    ["a pattern", `${IAM}:user/a*`, { kind: "user", canonicalArn: `${IAM}:user/a*`, isGlob: true }],
    ["a pattern of a path", `${IAM}:user/ops/*`, { kind: "user", canonicalArn: `${IAM}:user/ops/*`, isGlob: true }],
    ["one open character", `${IAM}:role/?`, { kind: "role", canonicalArn: `${IAM}:role/?`, isGlob: true }],
    ["a pattern of federated users", `${STS}:federated-user/*`, {
      kind: "user",
      canonicalArn: `${STS}:federated-user/*`,
      isGlob: true,
    }],
    ["another case", "ARN:AWS:IAM::123456789012:ROLE/Admin", AS_ROLE],
    ["another case of a user", "arn:aws:iam::123456789012:User/Ops/Erin", {
      kind: "user",
      canonicalArn: `${IAM}:user/Ops/Erin`,
      isGlob: false,
    }],
    ["a role with a path, without it", `${IAM}:role/team/a/Admin`, {
      ...AS_ROLE,
      notice: `read without its path, which STS does not tell, as "${IAM}:role/Admin"`,
    }],
    ["a role with an open path, without it", `${IAM}:role/*/Admin`, {
      ...AS_ROLE,
      notice: `read without its path, which STS does not tell, as "${IAM}:role/Admin"`,
    }],
    ["an assumed role, as its role", `${STS}:assumed-role/Admin/alice`, {
      ...AS_ROLE,
      session: "alice",
      notice: `read as its role, "${IAM}:role/Admin"`,
    }],
    ["an assumed role without a session, as its role", `${STS}:assumed-role/Admin`, {
      ...AS_ROLE,
      notice: `read as its role, "${IAM}:role/Admin"`,
    }],
  ] as const
) {
  Deno.test(`readArnPattern() reads ${what}`, () => assert.deepEqual(readArnPattern(arn), want));
}

for (
  const [why, arn] of [
    ["nothing", ""],
    ["an asterisk alone", "*"],
    ["an open partition", "arn:*:iam::123456789012:role/Admin"],
    ["a partition that is not known", "arn:aws-mars:iam::123456789012:role/Admin"],
    ["the name of an inherited property", "arn:constructor:iam::123456789012:role/Admin"],
    ["an open account", "arn:aws:iam::*:role/Admin"],
    ["a partly open account", "arn:aws:iam::12345678901?:role/Admin"],
    ["no account", "arn:aws:iam:::role/Admin"],
    ["an account of 13 digits", "arn:aws:iam::1234567890123:role/Admin"],
    ["an ARN of another cloud", "acs:ram::1234567890123456:role/Admin"],
    ["another service", "arn:aws:s3::123456789012:role/Admin"],
    ["a region", "arn:aws:iam:us-east-1:123456789012:role/Admin"],
    ["an open kind", `${IAM}:*`],
    ["a group", `${IAM}:group/Admins`],
    ["a role of the wrong service", `${STS}:role/Admin`],
    ["an assumed role of the wrong service", `${IAM}:assumed-role/Admin/alice`],
    ["an empty name", `${IAM}:user/`],
    ["a path without a name", `${IAM}:role/team/`],
    ["a pattern behind a path, which would match any path", `${IAM}:role/team/*`],
    ["an open session", `${STS}:assumed-role/Admin/*`],
    ["an open assumed role", `${STS}:assumed-role/*/alice`],
    ["a colon in the name", `${IAM}:user/a:b`],
    ["white space around it", ` ${IAM}:root`],
    ["text after it", `${IAM}:root\n`],
    ["letters of another script that look alike", `${IAM}:root`.replace("m", "м")],
  ] as const
) {
  Deno.test(`readArnPattern() refuses ${why}`, () => {
    assert.throws(() => readArnPattern(arn), (e) => e instanceof ArnError && e.code === "ERR_ARN");
  });
}
