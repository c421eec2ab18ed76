import assert from "node:assert/strict";
import { createThrottle } from "../../lib/review/throttle.ts";

/** A throttle, and its clock. */
function atRest() {
  let elapsedMs = 5;
  return { throttle: createThrottle(() => elapsedMs), advance: (ms: number) => void (elapsedMs += ms) };
}

Deno.test("a throttled key pauses for a second, from the last time on", () => {
  const { throttle, advance } = atRest();
  assert.equal(throttle.isPaused("a"), false);
  throttle.pause("a");
  assert.deepEqual(["a", "b"].map(throttle.isPaused), [true, false]);
  advance(600);
  throttle.pause("b");
  advance(100);
  throttle.pause("a");
  advance(899);
  assert.deepEqual(["a", "b"].map(throttle.isPaused), [true, true]);
  advance(1);
  assert.deepEqual(["a", "b"].map(throttle.isPaused), [true, false]);
  advance(100);
  assert.deepEqual(["a", "b"].map(throttle.isPaused), [false, false]);
});

Deno.test("sixty-four throttled keys pause everybody, until they are fewer again", () => {
  const { throttle, advance } = atRest();
  throttle.pause("first");
  advance(500);
  for (let key = 1; key < 64; key += 1) throttle.pause(`key ${key}`);
  assert.equal(throttle.isPaused("somebody else"), true);
  advance(500);
  assert.deepEqual(["first", "somebody else", "key 1"].map(throttle.isPaused), [false, false, true]);
});
