import assert from "node:assert/strict";
import { atOnce, eachInSteps, flatMapInSteps, inSlices, sortedInSteps, type Steps } from "../lib/steps.ts";

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

Deno.test("a long list is sorted as toSorted sorts it, with places to pause in between", () => {
  for (const length of [0, 1, 2, 255, 256, 257, 512, 10_000]) {
    const items = Array.from({ length }, (_, place) => ({ place, key: (place * 7_919) % 101 }));
    let compared = 0;
    const byKey = (a: { key: number }, b: { key: number }) => {
      compared += 1;
      return a.key - b.key;
    };
    const steps = sortedInSteps(items, byKey);
    let longest = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      longest = Math.max(longest, compared);
      compared = 0;
    }
    assert.deepEqual(step.value, items.toSorted((a, b) => a.key - b.key));
    assert(Math.max(longest, compared) < 4_096, `${longest} comparisons in a row`);
  }
});

Deno.test("items are taken in order, with a place to pause behind every so many", () => {
  const seen: number[] = [];
  const steps = eachInSteps([1, 2, 3, 4, 5], (item) => seen.push(item), 2);
  const sizes: number[] = [];
  while (!steps.next().done) sizes.push(seen.length);
  assert.deepEqual([seen, sizes], [[1, 2, 3, 4, 5], [2, 4]]);
  assert.deepEqual(atOnce(flatMapInSteps(["a", "b"], (item, i) => [item, String(i)])), ["a", "0", "b", "1"]);
});
