import assert from "node:assert/strict";
import { closingLine, readCounts, readSkipped } from "../../scripts/test_report.ts";

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

Deno.test("readSkipped() reads the names of skipped tests, and of no others", () => {
  const junit = `
    <testsuite name="./a_test.ts" tests="3" disabled="1" errors="0" failures="1">
        <testcase name="runs" classname="./a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="a &lt;b&gt; &amp;amp; &quot;c&quot; (skipped: X is not set)" classname="./a_test.ts" time="0.000">
            <skipped/>
        </testcase>
        <testcase name="fails" classname="./a_test.ts" time="0.000" line="3" col="6">
            <failure message="x">x</failure>
        </testcase>
    </testsuite>`;
  assert.deepEqual(readSkipped(junit), ['a <b> &amp; "c" (skipped: X is not set)']);
});

Deno.test("closingLine() names what was skipped only where something was", () => {
  assert.equal(closingLine({ passed: 8, failed: 0, skipped: 0 }), "8 passed, 0 failed");
  assert.equal(closingLine({ passed: 8, failed: 1, skipped: 2 }), "8 passed, 1 failed, 2 skipped");
});
