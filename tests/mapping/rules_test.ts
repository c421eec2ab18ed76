import assert from "node:assert/strict";
import { MAX_GROUPS } from "../../lib/mapping/arn_entry.ts";
import { isUsable } from "../../lib/mapping/rule.ts";
import { assertReadable } from "../../lib/mapping/rules.ts";
import { nameOf, rulesOf } from "./support.ts";

const GOOD = `{roleARN: "acs:ram::1234567890123456:role/Good", username: good}`;
const ROLE = "acs:ram::1234567890123456:role/Admin";
const USER = "acs:ram::1234567890123456:user/alice";

Deno.test("parseRules() reads all sections, in the order in which they are tried, with keys in any case", () => {
  const { rules, problems, unreadable } = rulesOf(`
mapAccounts: ["1234567890123456"]
mapUsers:
  - {userarn: "${USER}", username: alice, groups: [viewers]}
  - {USERARN: "acs:ram::1234567890123456:root", UserName: root}
mapRoles:
  - roleARN: ${ROLE}
    username: admin:{{SessionName}}
    groups: [system:masters, "team-{{AccountID}}"]
    userID: 30000000000001
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(unreadable, []);
  assert.deepEqual(
    rules.map((rule) =>
      rule.kind === "account"
        ? { kind: rule.kind, line: rule.line, accountId: rule.accountId }
        : { kind: rule.arn.kind, line: rule.line, username: nameOf(rule), userId: rule.userId }
    ),
    [
      { kind: "role", line: 7, username: "admin:{{SessionName}}", userId: "30000000000001" },
      { kind: "user", line: 4, username: "alice", userId: undefined },
      { kind: "root", line: 5, username: "root", userId: undefined },
      { kind: "account", line: 2, accountId: "1234567890123456" },
    ],
  );
});

Deno.test("parseRules() takes absent, empty and null sections for empty ones", () => {
  for (const text of ["other: 1", "mapRoles:\nmapUsers: []\nmapAccounts: ~"]) {
    assert.deepEqual(rulesOf(text), { rules: [], problems: [], unreadable: [], lost: [] });
  }
});

Deno.test("parseRules() takes no groups, null and [] for no groups", () => {
  for (const groups of ["", ", groups: ", ", groups: []"]) {
    const { rules, problems } = rulesOf(`mapRoles: [{roleARN: "${ROLE}", username: a${groups}}]`);
    assert.deepEqual(problems, []);
    assert.deepEqual(rules.map((rule) => rule.kind === "arn" && rule.groups), [[]]);
  }
});

for (
  const [why, entry, says] of [
    ["without an ARN", `{username: a}`, /it has no roleARN/],
    ["without a username", `{roleARN: "${ROLE}"}`, /it has no username/],
    ["with an empty ARN", `{roleARN: , username: a}`, /its roleARN is empty/],
    ["with an empty username", `{roleARN: "${ROLE}", username: }`, /its username is empty/],
    ["T-20: with an empty text as username", `{roleARN: "${ROLE}", username: ""}`, /it is empty/],
    ["with blanks as username", `{roleARN: "${ROLE}", username: "  "}`, /it is empty/],
    ["with a number as username", `{roleARN: "${ROLE}", username: 123}`, /its username is a number/],
    ["with true as username", `{roleARN: "${ROLE}", username: true}`, /its username is true or false/],
    ["with a list as username", `{roleARN: "${ROLE}", username: [a]}`, /its username is a list/],
    ["with a number as ARN", `{roleARN: 1, username: a}`, /its roleARN is a number/],
    ["with a map as ARN", `{roleARN: {a: b}, username: a}`, /its roleARN is a map/],
    ["with a malformed ARN", `{roleARN: "acs:ram::1:rolle/x", username: a}`, /Cannot read ARN/],
    ["with an ARN of no known cloud", `{roleARN: "arn:aws:iam::1:role/x", username: a}`, /no cloud that is accepted/],
    ["with white space behind the ARN", `{roleARN: "${ROLE} ", username: a}`, /white space around it/],
    ["with a tab before the ARN", `{roleARN: "\\t${ROLE}", username: a}`, /white space around it/],
    ["with a line end behind the ARN", `{roleARN: "${ROLE}\\n", username: a}`, /white space around it/],
    ["with a line end in the ARN", `{roleARN: "acs:ram::1:role/a\\nb", username: a}`, /"acs:ram::1:role\/a\\nb" holds/],
    ["with a huge ARN", `{roleARN: "${ROLE}${"x".repeat(9000)}", username: a}`, /x…" is longer than 1024/],
    ["with an empty text as ARN", `{roleARN: "", username: a}`, /its roleARN "" is empty/],
    ["with a user's ARN", `{roleARN: "${USER}", username: a}`, /ARN of a user; move the entry to mapUsers/],
    ["with userarn", `{userarn: "${USER}", username: a}`, /"userARN" belongs under mapUsers/],
    ["with both ARNs", `{userarn: "${USER}", rolearn: "${ROLE}", username: a}`, /belongs under mapUsers/],
    [
      "with sso, where no cloud has it",
      `{sso: {permissionSetName: A, accountID: "1"}, username: a}`,
      /no cloud that is acc/,
    ],
    [
      "with a mistyped key",
      `{roleARN: "${ROLE}", username: a, usernmae: b}`,
      /"usernmae" here; did you mean "username"/,
    ],
    ["with an unknown key", `{roleARN: "${ROLE}", username: a, colour: red}`, /"colour" here; known are roleARN/],
    ["with a merge key", `{<<: {username: b}, roleARN: "${ROLE}", username: a}`, /nothing is known as "<<"/],
    ["with a look-alike key", `{roleARN: "${ROLE}", username: a, "\u212Aey": 1}`, /nothing is known as/],
    ["with one key twice but for case", `{roleARN: "${ROLE}", username: a, userName: b}`, /"username" comes twice/],
    ["with two ARNs that differ in the key's case", `{roleARN: "${ROLE}", rolearn: x, username: a}`, /comes twice/],
    ["with groups as a text", `{roleARN: "${ROLE}", username: a, groups: system:masters}`, /its groups are a text/],
    ["with groups as a map", `{roleARN: "${ROLE}", username: a, groups: {a: b}}`, /its groups are a map/],
    ["with a number as group", `{roleARN: "${ROLE}", username: a, groups: [b, 7]}`, /one of its groups is a number/],
    ["with an empty group", `{roleARN: "${ROLE}", username: a, groups: [""]}`, /it is empty/],
    ["with a null group", `{roleARN: "${ROLE}", username: a, groups: [~]}`, /one of its groups is empty/],
    ["with a list in its groups", `{roleARN: "${ROLE}", username: a, groups: [[b]]}`, /one of its groups is a list/],
    ["T-20: with a line end in the username", `{roleARN: "${ROLE}", username: "a\\nb"}`, /holds a character/],
    ["T-20: with a null byte in a group", `{roleARN: "${ROLE}", username: a, groups: ["b\\0"]}`, /holds a character/],
    ["T-20: with a line separator", `{roleARN: "${ROLE}", username: "a\\u2028b"}`, /cannot be seen/],
    ["T-20: with a bidirectional override", `{roleARN: "${ROLE}", username: "a\\u202Eb"}`, /cannot be seen/],
    ["T-20: with a zero width space", `{roleARN: "${ROLE}", username: "admin\\u200B"}`, /cannot be seen/],
    ["T-20: with a Hangul filler", `{roleARN: "${ROLE}", username: "a\\u3164b"}`, /cannot be seen/],
    ["T-20: with a variation selector", `{roleARN: "${ROLE}", username: "admin\\uFE0F"}`, /cannot be seen/],
    ["T-20: with a selector of plane 14", `{roleARN: "${ROLE}", username: "admin\\U000E0100"}`, /cannot be seen/],
    ["T-20: with a grapheme joiner", `{roleARN: "${ROLE}", username: "ad\\u034Fmin"}`, /cannot be seen/],
    ["T-20: with an empty Braille pattern", `{roleARN: "${ROLE}", username: "admin\\u2800"}`, /cannot be seen/],
    ["T-20: with a no-break space", `{roleARN: "${ROLE}", username: "a\\u00A0b"}`, /not the space that it looks like/],
    ["T-20: with a space behind it", `{roleARN: "${ROLE}", username: "admin "}`, /starts or ends with white space/],
    ["T-20: with a decomposed letter", `{roleARN: "${ROLE}", username: "e\\u0301ve"}`, /composed form/],
    ["with a username over the cap", `{roleARN: "${ROLE}", username: "${"a".repeat(1025)}"}`, /longer than 1024/],
    ["with an unknown placeholder", `{roleARN: "${ROLE}", username: "{{Foo}}"}`, /no placeholder is called "Foo"/],
    ["with a mistyped placeholder", `{roleARN: "${ROLE}", username: "{{sessionName}}"}`, /mean "{{SessionName}}"/],
    ["with an open placeholder", `{roleARN: "${ROLE}", username: "a{{SessionName"}`, /without its partner/],
    ["S-7: with an empty userid", `{roleARN: "${ROLE}", username: a, userid: ""}`, /its userid is not/],
    ["S-7: with a null userid", `{roleARN: "${ROLE}", username: a, userid: }`, /its userid is not/],
    ["S-7: with a session in its userid", `{roleARN: "${ROLE}", username: a, userid: "3000:s"}`, /before the colon/],
    ["S-7: with a list as userid", `{roleARN: "${ROLE}", username: a, userid: ["3000"]}`, /its userid is not/],
    ["S-7: with a userid that YAML rounds", `{roleARN: "${ROLE}", username: a, userid: 3e3}`, /its userid is not/],
    [
      "S-7: with a userid and a malformed ARN",
      `{roleARN: "acs:ram:1", username: a, userid: "3000"}`,
      /Cannot read ARN/,
    ],
    ["that is a text", `"${ROLE}"`, /it is a text/],
    ["that is a list", `[]`, /it is a list/],
    ["that is empty", `~`, /it is empty/],
  ] as const
) {
  Deno.test(`an entry of mapRoles ${why} is invalid, and takes no other with it`, () => {
    const { rules, problems } = rulesOf(`mapRoles:\n  - ${GOOD}\n  - ${entry}\n  - ${GOOD.replace("Good", "Other")}`);
    assert.deepEqual(rules.filter(isUsable).map(({ line }) => line), [2, 4]);
    const [problem, ...more] = problems;
    assert.deepEqual(more, []);
    assert.match(problem?.message ?? "", says);
    assert.match(problem?.message ?? "", /^Cannot use entry 2 of mapRoles: /);
    assert.equal(problem?.severity, "invalid");
    assert.equal(problem?.line, 3);
  });
}

for (
  const [why, entry, says] of [
    ["rolearn", `{rolearn: "${ROLE}", username: a}`, /"roleARN" belongs under mapRoles/],
    ["a role's ARN", `{userarn: "${ROLE}", username: a}`, /ARN of a role; move the entry to mapRoles/],
    ["no ARN", `{username: a}`, /it has no userARN/],
  ] as const
) {
  Deno.test(`an entry of mapUsers with ${why} is invalid`, () => {
    const { rules, problems } = rulesOf(`mapUsers: [${entry}]`);
    assert.deepEqual(rules.filter(isUsable), []);
    assert.match(problems[0]?.message ?? "", says);
  });
}

Deno.test("anchors, CRLF and a byte order mark are read like what they stand for", () => {
  const { rules, problems } = rulesOf(
    `\uFEFFmapRoles:\r\n  - {roleARN: "${ROLE}", username: a, groups: &g [viewers]}\r\n` +
      `mapUsers:\r\n  - {userARN: "${USER}", username: b, groups: *g}\r\n`,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(rules.map((rule) => rule.kind === "arn" && rule.groups.map(({ source }) => source)), [
    ["viewers"],
    ["viewers"],
  ]);
});

Deno.test("all that is wrong with one entry is told at once, each at its place", () => {
  const { problems } = rulesOf(`
mapRoles:
  - roleARN: "nonsense"
    username: ""
    groups: one
    userid: ""
    colour: red`);
  assert.deepEqual(problems.map(({ line }) => line), [3, 4, 5, 6, 7]);
});

Deno.test("groups beyond the cap set the entry aside", () => {
  const groups = (count: number) => `mapRoles: [{roleARN: "${ROLE}", username: a, groups: [${"g,".repeat(count)}]}]`;
  assert.equal(rulesOf(groups(MAX_GROUPS)).rules.length, 1);
  assert.match(rulesOf(groups(MAX_GROUPS + 1)).problems[0]?.message ?? "", /more than 256 groups/);
});

for (
  const [what, section] of [
    ["a text", `mapRoles: |\n  - ${GOOD}`],
    ["a map", `mapRoles: ${GOOD}`],
    ["a number", "mapRoles: 1"],
    ["an empty text", `mapRoles: ""`],
  ] as const
) {
  Deno.test(`a section that is ${what} is invalid whole and named as unreadable; the others are read`, () => {
    const { rules, problems, unreadable } = rulesOf(`${section}\nmapUsers: [{userARN: "${USER}", username: a}]`);
    assert.equal(rules.length, 1);
    assert.deepEqual(unreadable, ["mapRoles"]);
    assert.match(problems[0]?.message ?? "", /^Cannot use mapRoles: it is a .*; write a list of entries$/);
  });
}

for (
  const [written, want] of [
    [`"123456789012"`, "123456789012"],
    ["123456789012", "123456789012"],
    ["012345678901", "012345678901"],
    ["000000000001", "000000000001"],
    ["1234567890123456", "1234567890123456"],
    ["99999999999999999999", "99999999999999999999"],
    ["1e11", undefined],
    ["0x1f", undefined],
    ["0o17", undefined],
    ["+12", undefined],
    ["-12", undefined],
    ["12.0", undefined],
    ["1_000", undefined],
    [`"123 "`, undefined],
    [`"１２３"`, undefined],
    [`"acs:ram::1:root"`, undefined],
    [`""`, undefined],
    ["true", undefined],
    ["~", undefined],
    ["[1]", undefined],
    ["123456789012345678901", undefined],
  ] as const
) {
  Deno.test(`the account ${written} ${want === undefined ? "is invalid" : "is taken digit by digit"}`, () => {
    const { rules, problems } = rulesOf(`mapAccounts:\n  - ${written}\n  - "7"`);
    const accounts = rules.map((rule) => rule.kind === "account" && rule.accountId);
    assert.deepEqual(accounts, want === undefined ? ["7"] : [want, "7"]);
    assert.equal(problems.some(({ severity }) => severity === "invalid"), want === undefined);
  });
}

Deno.test("an account with a leading zero and no quotes gets a notice", () => {
  const [notice, ...more] = rulesOf("mapAccounts: [012345678901, 123456789012, '012345678902']").problems;
  assert.deepEqual(more, []);
  assert.equal(notice?.severity, "notice");
  assert.match(notice?.message ?? "", /"012345678901" is taken as written/);
});

for (
  const [what, entry] of [
    ["a user under mapRoles", `{roleARN: "acs:ram::1234567890123456:user/alice", username: a}`],
    ["a userARN under mapRoles", `{userARN: "acs:ram::1234567890123456:user/alice", username: a}`],
  ]
) {
  Deno.test(`${what} is invalid, and refuses the user: nobody is handed to a source that is trusted less`, () => {
    const { rules, lost } = rulesOf(`mapRoles: [${entry}]`);
    assert.deepEqual(lost, []);
    const [rule, ...more] = rules;
    assert.deepEqual(more, []);
    assert.ok(rule?.kind === "invalid");
    assert.equal(rule.arn.canonicalArn, "acs:ram::1234567890123456:user/alice");
    assert.match(rule.why, /move the entry/);
  });
}

Deno.test("an account that other programs read as another one gets a warning", () => {
  const problems = rulesOf("mapAccounts: [012345670123, '012345670124']").problems;
  assert.deepEqual(problems.map(({ severity }) => severity), ["warning"]);
});

Deno.test("an ARN that was read differently from how it was written gets a warning", () => {
  const { rules, problems } = rulesOf(
    `mapRoles: [{roleARN: "acs:ram::1234567890123456:assumed-role/Admin", username: a}]`,
  );
  assert.equal(rules.length, 1);
  assert.deepEqual(problems.map(({ severity, line }) => ({ severity, line })), [{ severity: "warning", line: 1 }]);
});

Deno.test("an entry that names one session maps nobody, and stands in nobody's way", () => {
  const { rules, problems, lost } = rulesOf(
    `mapRoles: [{roleARN: "acs:ram::1234567890123456:assumed-role/Admin/s", username: a}]`,
  );
  assert.deepEqual([rules, lost.length], [[], 1]);
  assert.match(problems[0]?.message ?? "", /names one session, .* write "acs:ram::1234567890123456:role\/Admin"/);
});

Deno.test("an invalid entry whose ARN can be read refuses whom it is for", () => {
  const { rules, lost } = rulesOf(`mapRoles: [{roleARN: "${ROLE}", username: a, groups: viewers}]`);
  assert.deepEqual(lost, []);
  assert.ok(rules[0]?.kind === "invalid");
  assert.match(rules[0].why, /its groups are a text/);
});

Deno.test("assertReadable() refuses what has a single section that is no list, and nothing else", () => {
  assert.throws(() => assertReadable(rulesOf("mapRoles: oops")), { code: "ERR_MAPPINGS_UNREADABLE" });
  assertReadable(rulesOf(`mapRoles: [oops, ${GOOD}]`));
});

Deno.test("of an entry with very many wrong keys, the first hundred are named and the others counted; the known ones are read", () => {
  const wrong = Array.from({ length: 250 }, (_, i) => `wrong${i}: x`).join(", ");
  const { problems, rules } = rulesOf(`mapRoles: [{roleARN: "${ROLE}", ${wrong}, username: a}]`);
  assert.equal(problems.length, 101);
  assert.match(problems[99]?.message ?? "", /"wrong99"/);
  assert.match(problems[100]?.message ?? "", /150 more of its keys are not known/);
  assert.equal(rules[0]?.kind, "invalid");
});

Deno.test("T-20: a value in a message stays on one line and is cut", () => {
  const { problems } = rulesOf(`mapRoles: [{roleARN: "acs:x\\nfake log line${"y".repeat(5000)} ", username: a}]`);
  assert.doesNotMatch(problems[0]?.message ?? "\n", /\n/);
  assert.ok((problems[0]?.message.length ?? Infinity) < 300);
});
