import assert from "node:assert/strict";
import { isUsable } from "../../../lib/mapping/rule.ts";
import { DynamicFileError, rulesOfDynamicFile } from "../../../lib/mapping/forms/dynamic_document.ts";
import { createRuleIndex } from "../../../lib/mapping/lookup/rule_index.ts";
import type { ParsedRules } from "../../../lib/mapping/rules.ts";
import { parseYaml, YamlError } from "../../../lib/yaml/read.ts";
import { ACCOUNT, CLOUDS, nameOf, roleSession } from "../support.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/Admin`;

function parse(text: string, userIdStrict = false): ParsedRules {
  return rulesOfDynamicFile(parseYaml(text), { clouds: CLOUDS, userIdStrict });
}

function usernames({ rules }: ParsedRules): readonly string[] {
  return rules.filter(isUsable).map(nameOf);
}

for (
  const [what, text] of [
    [
      "JSON, as the peers have it",
      `{"LastUpdatedDateTime": "1700000000", "Version": "1",
        "mapRoles": [{"rolearn": "${ROLE}", "username": "admin", "groups": ["system:masters"], "userid": "3000"}],
        "mapUsers": [], "mapAccounts": ["${ACCOUNT}"]}`,
    ],
    [
      "JSON with tabs",
      `{\n\t"mapRoles": [\n\t\t{"rolearn": "${ROLE}", "username": "admin"}\n\t],\n\t"mapAccounts": ["${ACCOUNT}"]\n}`,
    ],
    ["YAML", `Version: "1"\nmapRoles:\n- rolearn: ${ROLE}\n  username: admin\nmapAccounts: ["${ACCOUNT}"]\n`],
    ["keys in any case", `MAPROLES: [{RoleArn: "${ROLE}", username: admin}]\nmapaccounts: ["${ACCOUNT}"]\nversion: 2`],
    ["CRLF", `mapRoles:\r\n- rolearn: ${ROLE}\r\n  username: admin\r\nmapAccounts: ["${ACCOUNT}"]\r\n`],
    [
      "sections that are null",
      `{"mapRoles": [{"rolearn": "${ROLE}", "username": "admin"}], "mapUsers": null, "mapAccounts": ["${ACCOUNT}"]}`,
    ],
  ] as const
) {
  Deno.test(`rulesOfDynamicFile() reads ${what}`, () => {
    const parsed = parse(text);
    assert.deepEqual(parsed.problems, []);
    assert.deepEqual(usernames(parsed), ["admin", ACCOUNT]);
  });
}

for (
  const [what, text, says] of [
    [
      "an unknown key",
      `{"mapRole": [], "mapUsers": []}`,
      /1:2: nothing is known as "mapRole" here; did you mean "mapRoles"/,
    ],
    ["a key twice but for case", `{"mapRoles": [], "maproles": []}`, /"mapRoles" comes twice/],
    ["an empty text", "", /the file is empty/],
    ["null", "null", /the file is empty/],
    ["a list", "[]", /the file is a list/],
    [
      "no section",
      `{"LastUpdatedDateTime": "1700000000", "Version": "1"}`,
      /has none of mapRoles, mapUsers, mapAccounts/,
    ],
  ] as const
) {
  Deno.test(`rulesOfDynamicFile() refuses a file that is or has ${what}`, () => {
    assert.throws(() => parse(text), (e) => e instanceof DynamicFileError && says.test(e.message));
  });
}

for (
  const [what, text, at] of [
    ["its first fault", "# x\nmapRoles: []\n  # y\nmapRole: []\nmapUser: []\n", { line: 4, column: 1 }],
    ["a key that looks like a place", 'mapRoles: []\n"7:9: x": []\n', { line: 2, column: 1 }],
    ["what is no map", "# x\n- a\n", { line: 2, column: 1 }],
    ["what holds no section", "# x\nVersion: '1'\n", { line: 2, column: 1 }],
  ] as const
) {
  Deno.test(`a DynamicFileError says where the file has ${what}`, () => {
    assert.throws(() => parse(text), (e) => {
      assert.ok(e instanceof DynamicFileError);
      assert.deepEqual(e.at, at);
      return true;
    });
  });
}

for (
  const [what, text] of [
    ["half of JSON", `{"mapRoles": [`],
    ["a duplicate key", `{"mapRoles": [], "mapRoles": []}`],
    ["a tab where YAML has none", "mapRoles:\n\t- a"],
    ["a bomb", `a: &a [x]\nb: &b [*a, *a]\n`.padEnd(200, "b") + `\nmapRoles: ${"[".repeat(40)}${"]".repeat(40)}`],
  ] as const
) {
  Deno.test(`rulesOfDynamicFile() refuses ${what}, with its place`, () => {
    assert.throws(() => parse(text), (e) => e instanceof YamlError && e.problems[0]!.line > 0);
  });
}

Deno.test("S-7: with userIdStrict, an entry without a userid is invalid with its line, and the others are not", () => {
  const parsed = parse(
    `mapRoles:\n- {rolearn: "${ROLE}", username: loose}\n- {rolearn: "${ROLE}", username: pinned, userid: "3000"}`,
    true,
  );
  assert.deepEqual(usernames(parsed), ["pinned"]);
  assert.deepEqual(parsed.problems.map(({ line, severity }) => [line, severity]), [[2, "invalid"]]);
  assert.match(parsed.problems[0]!.message, /^Cannot use entry 1 of mapRoles: it has no userid/);
});

Deno.test("S-7: with userIdStrict, an entry matches by userid, and its ARN must agree too", () => {
  const { rules } = parse(`{"mapRoles": [{"rolearn": "${ROLE}", "username": "a", "userid": "3000"}]}`, true);
  const index = createRuleIndex(rules);
  const matches = (role: string, principalId: string) =>
    index.find(roleSession(role, "s", { principalId })) !== undefined;
  assert.equal(matches("Admin", "3000"), true);
  assert.equal(matches("Admin", "3001"), false);
  assert.equal(matches("Other", "3000"), false);
});

Deno.test("S-7: with userIdStrict, an entry with a userid and a malformed ARN is invalid", () => {
  const parsed = parse(`{"mapRoles": [{"rolearn": "acs:ram:Admin", "username": "a", "userid": "3000"}]}`, true);
  assert.deepEqual(usernames(parsed), []);
  assert.match(parsed.problems[0]!.message, /Cannot read ARN/);
});
