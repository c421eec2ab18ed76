import assert from "node:assert/strict";
import { causesOf, HttpsError } from "../../../lib/review/https/failure.ts";

Deno.test("an error names host and reason, and keeps its cause", () => {
  const cause = new Error("os error 111");
  const failure = new HttpsError("refused", "sts.test:8443", "it refuses connections", { cause });
  assert.equal(failure.message, 'Cannot ask "sts.test:8443": it refuses connections');
  assert.deepEqual([failure.code, failure.why, failure.beforeAnswer], [
    "ERR_HTTPS_REFUSED",
    "it refuses connections",
    false,
  ]);
  assert.equal(failure.cause, cause);
});

for (
  const [what, thrown, want] of [
    ["one error", new Error("a"), "a"],
    ["a chain", new Error("a", { cause: new TypeError("b", { cause: new Error("c") }) }), "a: b: c"],
    ["what says the same twice", new Error("a", { cause: new Error("a") }), "a"],
    ["an empty message", new Error("", { cause: new Error("b") }), "b"],
    ["a cause that is no error", new Error("a", { cause: "b" }), "a: b"],
    ["something else than an error", 7, "7"],
    ["what a terminal would obey", new Error("a\n\u001b[31mb"), "a [31mb"],
  ] as const
) {
  Deno.test(`causesOf() tells ${what} on one line`, () => assert.equal(causesOf(thrown), want));
}

Deno.test("causesOf() comes to an end in a circle", () => {
  const circle = new Error("a");
  circle.cause = circle;
  assert.equal(causesOf(circle), "a");
});
