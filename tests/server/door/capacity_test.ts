import assert from "node:assert/strict";
import { createCapacity } from "../../../lib/server/door/capacity.ts";
import { handClock } from "../../support/hand_clock.ts";

Deno.test("the capacity grows up to its maximum while descriptors are free, with some kept for everything else", () => {
  const asked: number[] = [];
  const capacity = createCapacity(100, { ...handClock(), canOpen: (files) => asked.push(files) > 0 });
  const sizes = [];
  for (let times = 0; times < 7; times++) {
    sizes.push(capacity.current);
    capacity.grow();
  }
  assert.deepEqual(sizes, [8, 16, 32, 64, 100, 100, 100]);
  assert.deepEqual(asked, [8 * 6 + 96, 16 * 6 + 192, 32 * 6 + 256, 36 * 6 + 256]);
});

Deno.test("where descriptors are used up, it is not tried again for 10 s", () => {
  const clock = handClock();
  let [tries, canOpen] = [0, false];
  const capacity = createCapacity(100, { ...clock, canOpen: () => (tries += 1) > 0 && canOpen });
  for (let times = 0; times < 5; times++) capacity.grow();
  assert.deepEqual([capacity.current, tries], [8, 1]);
  canOpen = true;
  clock.pass(9_999);
  capacity.grow();
  assert.equal(capacity.current, 8);
  clock.pass(1);
  capacity.grow();
  assert.equal(capacity.current, 16);
});

Deno.test("it shrinks below what is open when descriptors run out, but not to nothing", () => {
  const clock = handClock();
  const capacity = createCapacity(100, { ...clock, canOpen: () => true });
  for (let times = 0; times < 4; times++) capacity.grow();
  assert.equal(capacity.current, 100);
  capacity.shrink(50);
  assert.equal(capacity.current, 42);
  capacity.grow();
  assert.equal(capacity.current, 42);
  capacity.shrink(4);
  assert.equal(capacity.current, 8);
});

Deno.test("what can be opened is found by opening it, and nothing stays open", async () => {
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: [
      "-c",
      'ulimit -n 200; exec "$0" eval "$1"',
      Deno.execPath(),
      `import { createCapacity } from ${JSON.stringify(import.meta.resolve("../../../lib/server/door/capacity.ts"))};
       const sizes = [];
       for (let times = 0; times < 50; times++) {
         const capacity = createCapacity(1000, { timers: { nowMs: () => 0, after: () => () => {} } });
         for (let tries = 0; tries < 9; tries++) capacity.grow();
         sizes.push(capacity.current);
       }
       console.log(Math.min(...sizes), Math.max(...sizes));`,
    ],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout).trim(), "16 16");
});
