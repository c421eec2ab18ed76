import assert from "node:assert/strict";
import { createThrottle } from "../../lib/review/throttle.ts";

/** A throttle, and its clock. */
function atRest() {
  let elapsedMs = 5;
  const throttle = createThrottle(() => elapsedMs);
  return {
    pause: (accessKeyId: string, host = "h") => throttle.pause({ host, accessKeyId }),
    isPaused: (accessKeyId: string, { host = "h", isConfirmed = false } = {}) =>
      throttle.isPaused({ host, accessKeyId }, isConfirmed),
    advance: (ms: number) => void (elapsedMs += ms),
  };
}

Deno.test("a throttled key pauses for a second, from the last time on", () => {
  const { pause, isPaused, advance } = atRest();
  const both = () => [isPaused("a"), isPaused("b")];
  assert.equal(isPaused("a"), false);
  pause("a");
  assert.deepEqual(both(), [true, false]);
  advance(600);
  pause("b");
  advance(100);
  pause("a");
  advance(899);
  assert.deepEqual(both(), [true, true]);
  advance(1);
  assert.deepEqual(both(), [true, false]);
  advance(100);
  assert.deepEqual(both(), [false, false]);
});

Deno.test("a key that one host throttled may ask another", () => {
  const { pause, isPaused } = atRest();
  pause("a");
  assert.deepEqual([isPaused("a"), isPaused("a", { host: "other" })], [true, false]);
  assert.equal(isPaused("a", { isConfirmed: true }), true);
});

Deno.test("sixty-four throttled keys of a host pause all that STS has not confirmed, until they are fewer again", () => {
  const { pause, isPaused, advance } = atRest();
  pause("first");
  advance(500);
  for (let key = 1; key < 64; key += 1) pause(`key ${key}`);
  assert.equal(isPaused("somebody else"), true);
  assert.equal(isPaused("somebody else", { host: "other" }), false);
  assert.equal(isPaused("somebody known", { isConfirmed: true }), false);
  assert.equal(isPaused("key 1", { isConfirmed: true }), true);
  advance(500);
  assert.deepEqual([isPaused("first"), isPaused("somebody else"), isPaused("key 1")], [false, false, true]);
});
