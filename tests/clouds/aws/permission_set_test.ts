import assert from "node:assert/strict";
import { permissionSetArn, readPermissionSet } from "../../../lib/clouds/aws/permission_set.ts";

const ROLES = "arn:aws:iam::123456789012:role/";
const END = "_0123456789abcdef";

for (
  const [what, arn, want] of [
    ["a set's role", `${ROLES}AWSReservedSSO_Admin${END}`, `${ROLES}AWSReservedSSO_Admin`],
    [
      "a set whose name goes on",
      `${ROLES}AWSReservedSSO_Admin_ReadOnly${END}`,
      `${ROLES}AWSReservedSSO_Admin_ReadOnly`,
    ],
    [
      "a set whose name ends in 16 digits",
      `${ROLES}AWSReservedSSO_Admin${END}${END}`,
      `${ROLES}AWSReservedSSO_Admin${END}`,
    ],
    [
      "aws-cn",
      `arn:aws-cn:iam::123456789012:role/AWSReservedSSO_A${END}`,
      "arn:aws-cn:iam::123456789012:role/AWSReservedSSO_A",
    ],
    ["another role", `${ROLES}Admin${END}`, undefined],
    ["no end", `${ROLES}AWSReservedSSO_Admin`, undefined],
    ["15 digits", `${ROLES}AWSReservedSSO_Admin_0123456789abcde`, undefined],
    ["17 digits", `${ROLES}AWSReservedSSO_Admin_0123456789abcdef0`, undefined],
    ["capitals", `${ROLES}AWSReservedSSO_Admin_0123456789ABCDEF`, undefined],
    ["no hex", `${ROLES}AWSReservedSSO_Admin_0123456789abcdeg`, undefined],
    ["no name", `${ROLES}AWSReservedSSO_${END}`, undefined],
    ["a user of that name", `arn:aws:iam::123456789012:user/AWSReservedSSO_Admin${END}`, undefined],
  ] as const
) {
  Deno.test(`permissionSetArn() of ${what}`, () => assert.equal(permissionSetArn(arn), want));
}

Deno.test("readPermissionSet() gives what the set's roles have in common", () => {
  const pattern = readPermissionSet({ name: "Admin", accountId: "123456789012", partition: undefined });
  assert.deepEqual(pattern, {
    kind: "role",
    canonicalArn: `${ROLES}AWSReservedSSO_Admin`,
    isGlob: false,
    isPermissionSet: true,
  });
  assert.equal(pattern.canonicalArn, permissionSetArn(`${ROLES}AWSReservedSSO_Admin${END}`));
});

for (
  const [why, set] of [
    ["a wildcard", { name: "Admin*" }],
    ["an empty name", { name: "" }],
    ["33 characters", { name: "a".repeat(33) }],
    ["a slash", { name: "a/b" }],
    ["a colon", { name: "a:b" }],
    ["an account of Alibaba Cloud", { accountId: "1234567890123456" }],
    ["an unknown partition", { partition: "aws-mars" }],
  ] as const
) {
  Deno.test(`readPermissionSet() refuses ${why}`, () => {
    assert.throws(
      () => readPermissionSet({ name: "Admin", accountId: "123456789012", partition: undefined, ...set }),
      { code: "ERR_ARN" },
    );
  });
}
