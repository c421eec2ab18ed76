import assert from "node:assert/strict";
import { closingLine, readCounts, readTestCases, skippedNames } from "../../scripts/test_report.ts";

for (
  const [what, printed, want] of [
    ["tests alone", "ok | 8 passed | 0 failed (3ms)\n", { passed: 8, failed: 0, skipped: 0 }],
    ["steps", "ok | 2 passed (1 step) | 0 failed (3s)\n", { passed: 2, failed: 0, skipped: 0 }],
    [
      "every kind of end",
      "FAILED | 2 passed (1 step) | 2 failed (3 steps) | 1 ignored (4 steps) | 9 filtered out (42ms)\n",
      { passed: 2, failed: 2, skipped: 1 },
    ],
    ["colours", "\x1b[32mok\x1b[0m | 8 passed | 0 failed \x1b[38;5;245m(3ms)\x1b[0m\n", {
      passed: 8,
      failed: 0,
      skipped: 0,
    }],
    ["a test that prints such a line", "ok | 1 passed | 0 failed\nFAILED | 3 passed | 1 failed (1s)\n", {
      passed: 3,
      failed: 1,
      skipped: 0,
    }],
  ] as const
) {
  Deno.test(`readCounts() reads a summary with ${what}`, () => {
    assert.deepEqual(readCounts(printed), want);
  });
}

Deno.test("readCounts() tells that there is no summary", () => {
  assert.equal(readCounts("error: Type checking failed.\n"), undefined);
  assert.equal(readCounts("the summary is: ok | 8 passed | 0 failed\n"), undefined);
});

Deno.test("readTestCases() reads tests and steps, where they are registered, and how they ended", () => {
  const junit = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="13" failures="3" errors="0" time="0.046">
    <testsuite name="./a_test.ts" tests="4" disabled="2" errors="0" failures="1">
        <testcase name="runs" classname="./a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="a &lt;b&gt; &amp;amp; &quot;c&quot; (skipped: X is not set)" classname="./b.ts" time="0.000">
            <skipped/>
        </testcase>
        <testcase name="fails" classname="./a_test.ts" time="0.000" line="3" col="6">
            <failure message="Uncaught Error: &lt;x&gt;">Error: x
    &lt;testcase name=&quot;no test&quot;&gt;
    at file:///a_test.ts:2:86</failure>
        </testcase>
        <testcase name="runs &gt; a step" classname="./a_test.ts" time="0.000" line="1" col="60">
        </testcase>
    </testsuite>
</testsuites>`;
  const cases = readTestCases(junit);
  assert.deepEqual(cases, [
    { name: "runs", file: "./a_test.ts", result: "passed" },
    { name: 'a <b> &amp; "c" (skipped: X is not set)', file: "./b.ts", result: "skipped" },
    { name: "fails", file: "./a_test.ts", result: "failed" },
    { name: "runs > a step", file: "./a_test.ts", result: "passed" },
  ]);
  assert.deepEqual(skippedNames(cases), ['a <b> &amp; "c" (skipped: X is not set)']);
});

Deno.test("closingLine() names what was skipped only where something was", () => {
  assert.equal(closingLine({ passed: 8, failed: 0, skipped: 0 }), "8 passed, 0 failed");
  assert.equal(closingLine({ passed: 8, failed: 1, skipped: 2 }), "8 passed, 1 failed, 2 skipped");
});
