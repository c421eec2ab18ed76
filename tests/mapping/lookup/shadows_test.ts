import assert from "node:assert/strict";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { bySection } from "../../../lib/mapping/rule.ts";
import { parseRules } from "../../../lib/mapping/rules.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";
import { rulesOf } from "../support.ts";

const ARN = "acs:ram::1234567890123456:role/";

/** One rule a line, from line 2. */
function warningsOf(...rules: readonly { readonly role: string; readonly userid?: string }[]): readonly string[] {
  const lines = rules.map(({ role, userid }) =>
    `  - {roleARN: "${ARN}${role}", username: a${userid === undefined ? "" : `, userid: "${userid}"`}}`
  );
  return rulesOf(`mapRoles:\n${lines.join("\n")}`).problems.map(({ line, severity, message }) =>
    `${severity} at ${line}: by ${/at line (\d+)/.exec(message)?.[1]}`
  );
}

for (
  const [why, rules, want] of [
    ["two equal ARNs", [{ role: "a" }, { role: "a" }], ["warning at 2: by 3"]],
    ["two ARNs that differ by case", [{ role: "Admin" }, { role: "admin" }], ["warning at 2: by 3"]],
    ["an ARN below a glob that matches it", [{ role: "a*" }, { role: "ab" }], ["warning at 3: by 2"]],
    ["an ARN above a glob that matches it", [{ role: "ab" }, { role: "a*" }], []],
    ["two equal globs", [{ role: "a*" }, { role: "A*" }], ["warning at 3: by 2"]],
    ["a glob below a wider one", [{ role: "*" }, { role: "a*b?" }], ["warning at 3: by 2"]],
    ["a glob above a wider one", [{ role: "a*" }, { role: "*" }], []],
    ["a glob below one with a part of its middle", [{ role: "*b*" }, { role: "a?Bc*" }], ["warning at 3: by 2"]],
    ["globs that only overlap", [{ role: "a*" }, { role: "*b" }], []],
    ["two pins on one ARN", [{ role: "a", userid: "1" }, { role: "a", userid: "2" }], []],
    ["one pin twice", [{ role: "a", userid: "1" }, { role: "a", userid: "1" }], ["warning at 2: by 3"]],
    ["a pin above its ARN", [{ role: "a", userid: "1" }, { role: "a" }], []],
    ["a pin below its ARN", [{ role: "a" }, { role: "a", userid: "1" }], ["warning at 3: by 2"]],
    ["a pin below a glob", [{ role: "*" }, { role: "a", userid: "1" }], ["warning at 3: by 2"]],
    ["an ARN below a pinned glob", [{ role: "*", userid: "1" }, { role: "a" }], []],
    ["a pin below a glob with that pin", [{ role: "*", userid: "1" }, { role: "a", userid: "1" }], [
      "warning at 3: by 2",
    ]],
    ["a pin below a glob with another pin", [{ role: "*", userid: "1" }, { role: "a", userid: "2" }], []],
    ["three of one kind", [{ role: "a" }, { role: "a" }, { role: "a" }], ["warning at 2: by 4", "warning at 3: by 4"]],
  ] as const
) {
  Deno.test(`rules that can never match: ${why}${want.length === 0 ? " is no such case" : ""}`, () => {
    assert.deepEqual(warningsOf(...rules), want);
  });
}

const SET = 'sso: {permissionSetName: Admin, accountID: "123456789012"}';
const ROLE = (end: string) => `roleARN: "arn:aws:iam::123456789012:role/AWSReservedSSO_Admin_${end}"`;

for (
  const [why, entries, want] of [
    ["a role below its permission set", [SET, ROLE("0123456789abcdef")], [3]],
    ["a role above its permission set", [ROLE("0123456789abcdef"), SET], []],
    ["a role of a set whose name only starts so", [SET, ROLE("ReadOnly_0123456789abcdef")], []],
    ["a role that only looks like one of a set", [SET, ROLE("0123456789abcdeg")], []],
    ["a pinned role below its set", [SET, `userid: AROA1, ${ROLE("0123456789abcdef")}`], [3]],
    ["a role below its pinned set", [`userid: AROA1, ${SET}`, ROLE("0123456789abcdef")], []],
    ["a permission set twice", [SET, SET], [2]],
  ] as const
) {
  Deno.test(`rules that can never match: ${why}${want.length === 0 ? " is no such case" : ""}`, () => {
    const list = parseYaml(entries.map((entry) => `- {username: a, ${entry}}\n`).join(""));
    const sections = bySection((section) => section === "mapRoles" ? list : undefined);
    const { problems } = parseRules(sections, { clouds: [aws] });
    assert.deepEqual(problems.map(({ line }) => line + 1), want);
  });
}

Deno.test("rules that can never match: an account that comes twice", () => {
  const { rules, problems } = rulesOf(`mapAccounts: ["1", "2", "1"]`);
  assert.equal(rules.length, 2);
  assert.deepEqual(problems.map(({ severity }) => severity), ["warning"]);
});

Deno.test("rules that can never match are found among 10,000 globs of one start and one end", () => {
  const globs = Array.from({ length: 10_000 }, (_, i) => ({ role: `*-${i}-*-b` }));
  assert.deepEqual(warningsOf(...globs, { role: "x-7777-y-b" }), ["warning at 10002: by 7779"]);
});
