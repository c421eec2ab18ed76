import assert from "node:assert/strict";
import { atOnce, eachInSteps, flatMapInSteps, inSlices, type Steps } from "../lib/steps.ts";

function* counting(to: number): Steps<number> {
  for (let i = 0; i < to; i += 1) yield;
  return to;
}

function* failing(): Steps<void> {
  yield;
  throw new RangeError("as it should");
}

Deno.test("work in steps gives the same at once and in slices", async () => {
  assert.equal(atOnce(counting(10)), 10);
  assert.equal(await inSlices(counting(10)), 10);
  assert.throws(() => atOnce(failing()), RangeError);
  await assert.rejects(inSlices(failing()), RangeError);
});

Deno.test("between slices the event loop runs", async () => {
  let turns = 0;
  const timer = setInterval(() => turns += 1, 0);
  function* untilTurned(): Steps<void> {
    while (turns < 3) yield;
  }
  try {
    await inSlices(untilTurned());
  } finally {
    clearInterval(timer);
  }
  assert(turns >= 3);
});

Deno.test("items are taken in order, with a place to pause behind every so many", () => {
  const seen: number[] = [];
  const steps = eachInSteps([1, 2, 3, 4, 5], (item) => seen.push(item), 2);
  const sizes: number[] = [];
  while (!steps.next().done) sizes.push(seen.length);
  assert.deepEqual([seen, sizes], [[1, 2, 3, 4, 5], [2, 4]]);
  assert.deepEqual(atOnce(flatMapInSteps(["a", "b"], (item, i) => [item, String(i)])), ["a", "0", "b", "1"]);
});
