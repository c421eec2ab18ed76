import assert from "node:assert/strict";
import { readArnPattern } from "../../lib/clouds/aws/arn.ts";
import { parseRules } from "../../lib/mapping/rules.ts";
import { warnOfSuspiciousNames } from "../../lib/mapping/suspicious_names.ts";
import { valueOf } from "./support.ts";

const IAM = "arn:aws:iam::123456789012";

function warningsOf(section: "mapRoles" | "mapUsers", arn: string, username: string): readonly string[] {
  const key = section === "mapRoles" ? "roleARN" : "userARN";
  const sections = { mapRoles: undefined, mapUsers: undefined, mapAccounts: undefined };
  const { rules } = parseRules({
    ...sections,
    [section]: valueOf(`a: [{${key}: "${arn}", username: "${username}"}]`, "a"),
  }, {
    clouds: [{ id: "aws", arnPrefix: "arn:", readArnPattern }],
  });
  return warnOfSuspiciousNames(rules).map(({ message }) => message);
}

Deno.test("a session's name in a rule of a user is warned of: a user has none", () => {
  assert.match(
    warningsOf("mapUsers", `${IAM}:user/dave`, "u:{{SessionName}}")[0]!,
    /only the sessions of roles have one/,
  );
  assert.deepEqual(warningsOf("mapUsers", `${IAM}:user/dave`, "u:{{AccountID}}"), []);
});

Deno.test("a wildcard behind a permission set's name is warned of: it matches longer names, too", () => {
  const [warning] = warningsOf("mapRoles", `${IAM}:role/AWSReservedSSO_Admin_*`, "admin");
  assert.match(warning!, /whose names start with "Admin_"; write "sso: \{permissionSetName: Admin, /);
  assert.deepEqual(warningsOf("mapRoles", `${IAM}:role/AWSReservedSSO_Admin_0123456789abcdef`, "admin"), []);
});

Deno.test("each name of a rule that is an accident is told, in one warning", () => {
  const sections = { mapRoles: undefined, mapUsers: undefined, mapAccounts: undefined };
  const entry =
    `a: [{roleARN: "${IAM}:role/ops", username: "ann smith", groups: ["system:master", view, "<no value>"]}]`;
  const { rules } = parseRules({ ...sections, mapRoles: valueOf(entry, "a") }, {
    clouds: [{ id: "aws", arnPrefix: "arn:", readArnPattern }],
  });
  const [warning, ...others] = warnOfSuspiciousNames(rules);
  assert.deepEqual(others, []);
  assert.match(
    warning!.message,
    /its username "ann smith" holds .*; its group "system:master" .*; its group "<no value>"/,
  );
  assert.equal(warning!.severity, "warning");
});
