import assert from "node:assert/strict";
import { errorOf, reasonIn, retryAfterMs } from "../../lib/kube/refusal.ts";
import { realWorld } from "../../lib/world.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const GOING_ON = new AbortController().signal;
const world = { ...realWorld(), now: () => NOW };

for (
  const [what, header, want] of [
    ["no header", null, undefined],
    ["seconds", "2", 2_000],
    ["a date", "Sun, 22 Nov 2026 12:00:05 GMT", 5_000],
    ["a date that is over", "Sun, 22 Nov 2026 11:00:00 GMT", 0],
    ["a time that is too long", "86400", 60_000],
    ["a number that is no time", "-5x", undefined],
    ["words", "soon", undefined],
  ] as const
) {
  Deno.test(`retryAfterMs() of ${what}`, () => assert.equal(retryAfterMs(header, NOW), want));
}

for (
  const [what, body, want] of [
    ["a Status", JSON.stringify({ kind: "Status", message: "made up" }), "made up"],
    ["a Status with a long message", JSON.stringify({ message: "x".repeat(600) }), "x".repeat(500)],
    ["a message that is no text", JSON.stringify({ message: { a: 1 } }), ""],
    ["JSON that is no object", "null", ""],
    ["a page of a proxy", "<html>", ""],
    ["more than a Status has", JSON.stringify({ message: "made up", rest: "x".repeat(70_000) }), ""],
    ["nothing", "", ""],
  ] as const
) {
  Deno.test(`reasonIn() reads ${what}`, async () => {
    assert.equal(await reasonIn(new Response(body), GOING_ON), want);
  });
}

Deno.test("reasonIn() ends with the signal's reason", async () => {
  const reason = new RangeError("made up");
  await assert.rejects(reasonIn(new Response("{}"), AbortSignal.abort(reason)), reason);
});

for (
  const [status, retryable, want] of [
    [400, false, /^Cannot ask: it answers 400: made up$/],
    [404, false, /^Cannot ask: it answers 404: made up; check that the resource is installed$/],
    [429, true, /^Cannot ask: it answers 429: made up$/],
    [503, true, /^Cannot ask: it answers 503: made up$/],
  ] as const
) {
  Deno.test(`errorOf() of ${status} says what it is, and whether to try again`, async () => {
    const headers = { "retry-after": "3" };
    const response = Response.json({ message: "made up" }, { status, headers });
    const error = await errorOf(response, { attempt: "Cannot ask", signal: GOING_ON, world });
    assert.match(error.message, want);
    assert.deepEqual([error.status, error.retryable, error.retryAfterMs], [status, retryable, 3_000]);
  });
}

for (
  const [what, status, body, want] of [
    ["a Status", 404, JSON.stringify({ kind: "Status", reason: "NotFound", message: "no" }), true],
    ["the words for an unknown path", 404, "404 page not found\n", true],
    ["a Status of another reason", 404, JSON.stringify({ kind: "Status", reason: "Gone" }), false],
    ["a message alone", 404, JSON.stringify({ message: "no" }), false],
    ["a page", 404, "<html>404 page not found</html>", false],
    ["nothing", 404, "", false],
    ["a Status of another code", 500, JSON.stringify({ kind: "Status", reason: "NotFound" }), false],
  ] as const
) {
  Deno.test(`errorOf() of ${status} with ${what} is ${want ? "" : "not "}taken for an absence`, async () => {
    const error = await errorOf(new Response(body, { status }), { attempt: "Cannot ask", signal: GOING_ON, world });
    assert.equal(error.isAbsence, want);
  });
}
