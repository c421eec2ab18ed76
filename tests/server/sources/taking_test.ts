import assert from "node:assert/strict";
import { createChangeCounter, createTaking } from "../../../lib/server/sources/taking.ts";

/** Takes changes by a clock that the test moves: each takes `tookMs`, and ends when the test says so. */
function rig(tookMs: number) {
  const stop = new AbortController();
  let nowMs = 0;
  const taken: string[] = [];
  const under: PromiseWithResolvers<void>[] = [];
  const taking = createTaking<string>({
    take(change) {
      taken.push(change);
      const one = Promise.withResolvers<void>();
      under.push(one);
      return one.promise;
    },
    signal: stop.signal,
    timers: { nowMs: () => nowMs },
  });
  const finish = () => {
    nowMs += tookMs;
    under.shift()!.resolve();
  };
  return { taking, taken, finish, stop, pass: (ms: number) => void (nowMs += ms) };
}

Deno.test("of changes that come while one is taken up, the newest alone is taken up after it", async () => {
  const { taking, taken, finish } = rig(0);
  const all = ["a", "b", "c", "d"].map((change) => taking.offer(change));
  assert.deepEqual(taken, ["a"]);
  finish();
  await all[0];
  await Promise.resolve();
  assert.deepEqual(taken, ["a", "d"]);
  finish();
  await Promise.all(all);
  assert.deepEqual(taken, ["a", "d"]);
});

Deno.test("after a change there is a rest ten times as long, which a demand does not wait for", async () => {
  const { taking, taken, finish, stop } = rig(3_600_000);
  const first = taking.offer("a");
  finish();
  await first;
  const second = taking.offer("b");
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(taken, ["a"], "the rest is not over");
  const third = taking.demand("c");
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(taken, ["a", "c"]);
  finish();
  await Promise.all([second, third]);
  const fourth = taking.offer("d");
  stop.abort();
  await fourth;
  assert.deepEqual(taken, ["a", "c"], "whoever stops takes up nothing more");
});

Deno.test("whoever stops does not wait for what is being taken up", async () => {
  const { taking, taken, stop } = rig(0);
  const [first, second] = [taking.offer("a"), taking.offer("b")];
  stop.abort();
  await Promise.all([first, second]);
  assert.deepEqual(taken, ["a"]);
});

Deno.test("once the rest is over, the next change is taken up at once", async () => {
  const { taking, taken, finish, pass } = rig(100);
  const first = taking.offer("a");
  finish();
  await first;
  pass(1_000);
  const second = taking.offer("b");
  assert.deepEqual(taken, ["a", "b"]);
  finish();
  await second;
});

Deno.test("many changes in a minute are reported once, few are not", () => {
  let nowMs = 0;
  const reports: number[] = [];
  const counter = createChangeCounter((changes) => reports.push(changes), { nowMs: () => nowMs });
  const minute = (changes: number) => {
    for (let i = 0; i < changes; i += 1) counter.count();
    nowMs += 60_000;
  };
  for (const changes of [29, 600, 29, 30, 1]) minute(changes);
  assert.deepEqual(reports, [600, 30]);
});
