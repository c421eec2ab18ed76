import assert from "node:assert/strict";
import { attackRows, formatAttackTable, missingAttacks } from "../../scripts/attack_table.ts";
import { readTestCases } from "../../scripts/test_report.ts";
import { type Attack, ATTACKS } from "../attacks/ids.ts";

const BOTH: Attack = { id: "T-01", what: "made up", source: "ours", clouds: ["alibaba", "aws"] };
const OF_AWS: Attack = { id: "T-11b", what: "made up too", source: "ours", clouds: ["aws"], why: "made up" };

/** Where a case is registered, its name, and what the report says of its end. */
type Reported = readonly [file: string, name: string, content?: string];

/** The report of a run. */
function report(...cases: readonly Reported[]): string {
  const lines = cases.map(([file, name, content = ""]) =>
    `<testcase name="${name}" classname="./${file}" time="0.001" line="1" col="6">\n${content}</testcase>\n`
  );
  return `<testsuites name="deno test"><testsuite name="made up">\n${lines.join("")}</testsuite></testsuites>`;
}

function rowOf(attack: Attack, ...cases: readonly Reported[]) {
  const { cases: { alibaba, aws }, result } = attackRows([attack], readTestCases(report(...cases)))[0]!;
  return [alibaba, aws, result];
}

const FAILED = `<failure message="x">Error: T-01 &lt;testcase name=&quot;T-01: y&quot;&gt;</failure>\n`;

for (
  const [what, attack, cases, want] of [
    ["tests in both folders", BOTH, [
      ["tests/attacks/alibaba/a_test.ts", "T-01: a"],
      ["tests/attacks/aws/a_test.ts", "T-01: a"],
      ["tests/attacks/aws/b_test.ts", "S-1, T-01: b"],
    ], [1, 2, "ok"]],
    ["one test from elsewhere", BOTH, [["tests/mapping/a_test.ts", "a rule (T-01)"]], [1, 1, "ok"]],
    ["steps, which count in place of their test", BOTH, [
      ["tests/attacks/alibaba/deny.ts", "T-01: a"],
      ["tests/attacks/alibaba/deny.ts", "T-01: a &gt; one"],
      ["tests/attacks/alibaba/deny.ts", "T-01: a &gt; two"],
      ["tests/attacks/alibaba/deny.ts", "T-01: a &gt; two &gt; three"],
      ["tests/attacks/aws/a_test.ts", "another &gt; T-01: a step"],
    ], [2, 1, "ok"]],
    ["no test for a cloud", BOTH, [["tests/attacks/aws/a_test.ts", "T-01: a"]], [0, 1, "MISSING"]],
    ["no test at all", BOTH, [["tests/a_test.ts", "T-02: a"]], [0, 0, "MISSING"]],
    ["skipped tests alone", BOTH, [["tests/a_test.ts", "T-01: a", "<skipped/>\n"]], [0, 0, "MISSING"]],
    ["no id that only looks alike", BOTH, [
      ["tests/a_test.ts", "T-011, T-01b, T-01-x, T-01_, XT-01, X-T-01, t-01, T-1: a"],
    ], [0, 0, "MISSING"]],
    ["a test that fails", BOTH, [
      ["tests/a_test.ts", "T-01: a", FAILED],
      ["tests/a_test.ts", "T-01: b"],
    ], [2, 2, "FAILED"]],
    ["a test whose step fails", BOTH, [
      ["tests/a_test.ts", "T-01: a", FAILED],
      ["tests/a_test.ts", "T-01: a &gt; b", FAILED],
      ["tests/a_test.ts", "T-01: a &gt; c"],
    ], [2, 2, "FAILED"]],
    ["a step that fails in a test without an id", BOTH, [
      ["tests/a_test.ts", "a", FAILED],
      ["tests/a_test.ts", "a &gt; T-01: b", FAILED],
    ], [1, 1, "FAILED"]],
    ["a failure elsewhere", BOTH, [
      ["tests/a_test.ts", "T-02: a", FAILED],
      ["tests/a_test.ts", "T-01: a"],
    ], [1, 1, "ok"]],
    ["an attack on one cloud", OF_AWS, [["tests/attacks/aws/a_test.ts", "T-11b: a"]], [0, 1, "ok"]],
    ["an attack on one cloud, tried on the other", OF_AWS, [["tests/attacks/alibaba/a_test.ts", "T-11b: a"]], [
      1,
      0,
      "MISSING",
    ]],
  ] as ReadonlyArray<readonly [string, Attack, readonly Reported[], readonly [number, number, string]]>
) {
  Deno.test(`the table of attacks counts ${what}`, () => assert.deepEqual(rowOf(attack, ...cases), want));
}

Deno.test("the table of attacks is one line for each, and what is missing is said", () => {
  const rows = attackRows([BOTH, OF_AWS], readTestCases(report(["tests/attacks/aws/a_test.ts", "T-01, T-11b: a"])));
  assert.equal(
    formatAttackTable(rows),
    "Attack alibaba     aws  Result\n" +
      "T-01         0       1  MISSING  made up\n" +
      "T-11b        -       1  ok       made up too\n",
  );
  assert.deepEqual(missingAttacks(rows), ["No test tries T-01 for alibaba: made up"]);
});

Deno.test("every attack has one id, and a reason where it spares a cloud", () => {
  assert.equal(new Set(ATTACKS.map(({ id }) => id)).size, ATTACKS.length);
  const numbers = (letter: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${letter}-${String(at + 1).padStart(letter === "T" ? 2 : 1, "0")}`);
  const want = [...numbers("S", 10), ...numbers("T", 23), "T-11b", "T-11c"];
  assert.deepEqual(ATTACKS.map(({ id }) => id).sort(), want.sort());
  for (const { id, clouds, why } of ATTACKS) assert.equal(why !== undefined, clouds.length === 1, id);
});
