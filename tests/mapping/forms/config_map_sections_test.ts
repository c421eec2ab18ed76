import assert from "node:assert/strict";
import { isUsable } from "../../../lib/mapping/rule.ts";
import { parseConfigMap } from "../../../lib/mapping/forms/config_map_text.ts";
import type { ParsedRules } from "../../../lib/mapping/rules.ts";
import { ACCOUNT, CLOUDS, nameOf } from "../support.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/Admin`;
const USER = `acs:ram::${ACCOUNT}:user/alice`;
const ROLES = `- rolearn: ${ROLE}\n  username: admin\n  groups:\n  - viewers\n`;
const USERS = `- userarn: ${USER}\n  username: alice\n`;

function parse(data: unknown): ParsedRules {
  return parseConfigMap(data, { clouds: CLOUDS });
}

function usernames({ rules }: ParsedRules): readonly string[] {
  return rules.filter(isUsable).map(nameOf);
}

for (
  const [what, data, want] of [
    ["all sections", { mapRoles: ROLES, mapUsers: USERS, mapAccounts: `- "${ACCOUNT}"\n` }, [
      "admin",
      "alice",
      ACCOUNT,
    ]],
    ["an account without quotes, zero first", { mapAccounts: "- 0123456789" }, ["0123456789"]],
    ["CRLF and a byte order mark", { mapRoles: `\ufeff${ROLES.replaceAll("\n", "\r\n")}` }, ["admin"]],
    ["blank lines and comments", { mapRoles: `\n\n# admins\n\n${ROLES}\n\n` }, ["admin"]],
    ["anchors and aliases", { mapUsers: `- userarn: ${USER}\n  username: &a alice\n  groups: [*a]\n` }, ["alice"]],
    ["no data", undefined, []],
    ["empty data", {}, []],
    ["empty sections", { mapRoles: "", mapUsers: "[]", mapAccounts: "~\n" }, []],
    ["keys of others", { mapRoles: ROLES, "other-tool.conf": "[" }, ["admin"]],
  ] as const
) {
  Deno.test(`parseConfigMap() reads ${what}`, () => {
    const parsed = parse(data);
    assert.deepEqual(usernames(parsed), want);
    assert.deepEqual(parsed.unreadable, []);
    assert.deepEqual(parsed.problems.filter(({ severity }) => severity !== "notice"), []);
  });
}

for (
  const [what, mapRoles, line, says] of [
    ["a list that is not closed", "[", 1, /^Cannot use mapRoles: A bracket or brace is not closed/],
    ["a tab", `- username: a\n\tgroups: b\n`, 2, /^Cannot use mapRoles: This line is indented with a tab/],
    [
      "a duplicate key",
      `- username: a\n  groups: []\n  username: b\n`,
      3,
      /^Cannot use mapRoles: This key comes twice/,
    ],
    ["a text within a text", JSON.stringify(ROLES), 1, /^Cannot use mapRoles: it is a text within a text/],
    ["a map", `rolearn: ${ROLE}\n`, 1, /^Cannot use mapRoles: it is a map/],
    ["a number", "7", 1, /^Cannot use mapRoles: it is a number/],
    ["deep nesting", "[".repeat(2_000), 1, /^Cannot use mapRoles: /],
    ["a value that is no text", { a: 1 }, 1, /^Cannot use mapRoles: it is not a string/],
  ] as const
) {
  Deno.test(`parseConfigMap() takes ${what} for unreadable, and reads the other sections`, () => {
    const parsed = parse({ mapRoles, mapUsers: USERS });
    assert.deepEqual(usernames(parsed), ["alice"]);
    assert.deepEqual(parsed.unreadable, ["mapRoles"]);
    const [problem] = parsed.problems;
    assert.equal(problem?.severity, "invalid");
    assert.equal(problem?.line, line);
    assert.match(problem?.message ?? "", says);
    assert.ok(parsed.problems.length <= 5);
  });
}

Deno.test("parseConfigMap() reports an entry that is not YAML as invalid, and refuses whom its text names", () => {
  const parsed = parse({
    mapRoles: `- rolearn: ${ROLE}\n\tusername: a\n`,
    mapUsers: `${USERS}- userarn: ${USER}2\n  a: b: c\n`,
  });
  assert.deepEqual(usernames(parsed), ["alice"]);
  assert.deepEqual(parsed.unreadable, []);
  assert.deepEqual(parsed.rules.filter((rule) => !isUsable(rule)).map(({ line }) => line), [1, 3]);
  assert.deepEqual(parsed.problems.map(({ line, column, message }) => [line, column, message.slice(0, 41)]), [
    [2, 1, "Cannot use entry 1 of mapRoles: This line"],
    [4, 6, "Cannot use entry 2 of mapUsers: The value"],
  ]);
});

Deno.test("parseConfigMap() reports a bad entry as invalid with the line in its section, and keeps the others", () => {
  const parsed = parse({
    mapRoles: `${ROLES}- rolearn: ${ROLE} \n  username: ""\n- {<<: {username: b}, rolearn: "${ROLE}"}\n`,
  });
  assert.deepEqual(usernames(parsed), ["admin"]);
  assert.deepEqual(parsed.unreadable, []);
  assert.deepEqual(parsed.problems.map(({ line, message }) => [line, message.slice(0, 34)]), [
    [6, "Cannot use entry 2 of mapRoles: Ca"],
    [7, "Cannot use entry 3 of mapRoles: it"],
    [7, "Cannot use entry 3 of mapRoles: no"],
  ]);
});

Deno.test("parseConfigMap() names the section of a rule that cannot be reached", () => {
  const parsed = parse({ mapUsers: `${USERS}${USERS}` });
  assert.match(
    parsed.problems[0]?.message ?? "",
    /^Cannot reach this rule of mapUsers: the rule at line 3 names the same .* comes last/,
  );
});

Deno.test("parseConfigMap() remembers where entries stand of which nobody can tell the principal", () => {
  const { lost } = parse({ mapRoles: `${ROLES}- rolearn: acs:ram::${ACCOUNT}:rolle/Admin\n  username: a\n` });
  assert.deepEqual(lost, [{ line: 5, column: 3 }]);
});

Deno.test("parseConfigMap() warns of a key that looks like a slip", () => {
  const { rules, problems } = parse({ maproles: ROLES });
  assert.deepEqual(rules, []);
  assert.deepEqual(problems.map(({ severity }) => severity), ["warning"]);
  assert.match(problems[0]!.message, /did you mean "mapRoles"/);
});

Deno.test("parseConfigMap() reads 10,000 entries", () => {
  const entries = Array.from({ length: 10_000 }, (_, i) => `- {rolearn: "${ROLE}${i}", username: a}\n`).join("");
  assert.equal(parse({ mapRoles: entries }).rules.length, 10_000);
});

for (const empty of ["''\n", '""', "'  '\n", "# nobody\n''\n", '---\n""\n']) {
  Deno.test(`parseConfigMap() takes ${JSON.stringify(empty)} for an empty section`, () => {
    const parsed = parse({ mapRoles: empty, mapUsers: USERS, mapAccounts: empty });
    assert.deepEqual(usernames(parsed), ["alice"]);
    assert.deepEqual([parsed.problems, parsed.unreadable], [[], []]);
  });
}
