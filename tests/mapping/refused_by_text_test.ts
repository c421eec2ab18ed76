import assert from "node:assert/strict";
import { aws } from "../../lib/clouds/aws/cloud.ts";
import { refusedByText } from "../../lib/mapping/refused_by_text.ts";
import { CLOUDS } from "./support.ts";

const IAM = "arn:aws:iam::123456789012";
const AT = { line: 3, column: 1 };

/** Whom a text refuses, with their pins, and whether there may be more. */
function refused(text: string): readonly [whom: readonly string[], isLost: boolean] {
  const { rules, isLost } = refusedByText(text, { clouds: [aws, ...CLOUDS], at: AT, why: "w" });
  return [rules.map(({ arn, userId }) => arn.canonicalArn + (userId === undefined ? "" : ` ${userId}`)), isLost];
}

for (
  const [what, text, whom, isLost] of [
    ["a plain ARN", `- rolearn: ${IAM}:role/A\n   username: a\n`, [`${IAM}:role/A`], false],
    ["an ARN in quotes", `- "userarn": "${IAM}:user/A"\n   username: a\n`, [`${IAM}:user/A`], false],
    [
      "an ARN of the other cloud",
      "- userarn: acs:ram::1234567890123456:user/a\n",
      ["acs:ram::1234567890123456:user/a"],
      false,
    ],
    ["an ARN in braces", `- {rolearn: ${IAM}:role/A, username: {{x}}}\n`, [`${IAM}:role/A,`, `${IAM}:role/A`], false],
    ["a role with a comma in its name", `- rolearn: ${IAM}:role/A,B\n`, [`${IAM}:role/A,B`, `${IAM}:role/A`], false],
    ["an ARN whose key has no colon", `- rolearn ${IAM}:role/A\n  username: a\n`, [`${IAM}:role/A`], false],
    ["an ARN whose key has no space", `- rolearn:${IAM}:role/A\n   username: a\n`, [`${IAM}:role/A`], false],
    ["a role with a path, which is dropped", `- rolearn: ${IAM}:role/x/A\n`, [`${IAM}:role/A`], false],
    ["a wildcard", `- rolearn: ${IAM}:role/A*\n`, [`${IAM}:role/A*`], false],
    ["two entries that became one", `- rolearn: ${IAM}:role/A\n  - rolearn: ${IAM}:role/B\n`, [
      `${IAM}:role/A`,
      `${IAM}:role/B`,
    ], false],
    ["an ARN that is none", `- rolearn: ${IAM}:rolle/A\n`, [], true],
    ["an ARN that can be read and one that cannot", `- rolearn: ${IAM}:role/A\n - rolearn: ${IAM}:rolle/B\n`, [
      `${IAM}:role/A`,
    ], true],
    ["an ARN in a comment", `- # was ${IAM}:role/A\n  username: {{x}}\n`, [], true],
    ["nobody", "- username: {{x}}\n", [], true],
    ["a session", "- rolearn: arn:aws:sts::123456789012:assumed-role/A/s\n", [], true],
    ["an ARN in typographic quotes", `- rolearn: “${IAM}:role/A”\n`, [`${IAM}:role/A`], false],
    [
      "a pinned id",
      `- rolearn: ${IAM}:role/A\n  userid: AROAMADEUP\n`,
      [`${IAM}:role/A`, `${IAM}:role/A AROAMADEUP`],
      false,
    ],
    ["two pinned ids, of which nobody knows which counts", `- rolearn: ${IAM}:role/A\n  userid: A1\n  userid: A2\n`, [
      `${IAM}:role/A`,
    ], false],
    [
      "a permission set",
      `- sso:\n    permissionSetName: Admin\n    accountID: "123456789012"\n  username: {{x}}\n`,
      [`${IAM}:role/AWSReservedSSO_Admin`],
      false,
    ],
    ["a permission set without its account", "- sso: {permissionSetName: Admin}\n  username: {{x}}\n", [], true],
  ] as const
) {
  Deno.test(`a text that names ${what} refuses ${whom.length === 0 ? "nobody by name" : whom.join(" and ")}`, () => {
    assert.deepEqual(refused(text), [[...whom], isLost]);
  });
}

Deno.test("what refuses says where, and why", () => {
  const { rules: [rule] } = refusedByText(`- rolearn: ${IAM}:role/A`, { clouds: [aws], at: AT, why: "w" });
  assert.deepEqual([rule?.kind, rule?.line, rule?.column, rule?.why], ["invalid", 3, 1, "w"]);
});
