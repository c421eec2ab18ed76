import assert from "node:assert/strict";
import { type Liveness, type LivenessParts, watchLiveness } from "../../lib/server/liveness.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { fakeWorld } from "../config/fake_world.ts";

/** Longest time between two of its own reviews, with the second one's. */
const ROUND_MS = 16_000;

/** A watch whose time passes when the test says so. */
function watch(askItself: LivenessParts["askItself"]) {
  let nowMs = 0;
  let waiting: { readonly atMs: number; readonly act: () => void }[] = [];
  const timers = {
    nowMs: () => nowMs,
    after(ms: number, act: () => void) {
      const timer = { atMs: nowMs + ms, act };
      waiting.push(timer);
      return () => void (waiting = waiting.filter((other) => other !== timer));
    },
  };
  const [world, metrics] = [fakeWorld(), createMetrics()];
  const log = createLog(world, { format: "json", level: "info" });
  const liveness: Liveness = watchLiveness({ log, metrics, askItself, timers });
  /** Lets everything happen that waits for nothing but the event loop. */
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    ...liveness,
    err: world.err,
    metrics: async () => (await metrics.expose()).text,
    async pass(ms: number) {
      const endMs = nowMs + ms;
      await settle();
      for (;;) {
        const next = waiting.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > endMs) break;
        nowMs = Math.max(nowMs, next.atMs);
        waiting = waiting.filter((other) => other !== next);
        next.act();
        await settle();
      }
      nowMs = endMs;
    },
    /** Time in which the thread does nothing of this. */
    hold(ms: number) {
      nowMs += ms;
    },
  };
}

const answered = () => Promise.resolve();
const broken = () => Promise.reject(new Error("it was answered with 500"));
const silent = () => new Promise<void>(() => {});

Deno.test("a server whose own reviews are answered lives", async () => {
  await using server = watch(answered);
  await server.pass(10 * ROUND_MS);
  assert.equal(server.fault(), undefined);
  assert.deepEqual(server.warnings(), []);
  assert.equal(server.err(), "");
});

for (
  const [what, ask, why] of [
    ["are refused", broken, /its own review fails: it was answered with 500/],
    ["are not answered", silent, /its own review fails: no answer within 5000 ms/],
  ] as const
) {
  Deno.test(`a server whose own reviews ${what} three times is dead, and says so once`, async () => {
    await using server = watch(ask);
    await server.pass(ROUND_MS);
    assert.equal(server.fault(), undefined, "once is not enough");
    assert.match(server.warnings().join(), /^reviews: the server's own review failed: /);
    await server.pass(10 * ROUND_MS);
    assert.match(server.fault() ?? "", why);
    assert.equal(server.err().match(/own review failed/g)?.length, 1, server.err());
    assert.equal(server.err().match(/should be restarted/g)?.length, 1, server.err());
  });

  Deno.test(`a server whose own reviews ${what} lives while others are answered`, async () => {
    await using server = watch(ask);
    for (let times = 0; times < 40; times++) {
      await server.pass(ROUND_MS / 2);
      server.note(times % 2 === 0 ? 200 : 504);
    }
    assert.equal(server.fault(), undefined);
    assert.equal(server.warnings().length, 1);
  });
}

Deno.test("a server whose own review is answered again lives again", async () => {
  let ask: () => Promise<void> = broken;
  await using server = watch(() => ask());
  await server.pass(5 * ROUND_MS);
  assert.notEqual(server.fault(), undefined);
  ask = answered;
  await server.pass(ROUND_MS);
  assert.equal(server.fault(), undefined);
  assert.match(server.err(), /answered again/);
});

Deno.test("a server that fails every review of others by a fault of its own is dead, after a while", async () => {
  await using server = watch(answered);
  for (let times = 0; times < 100; times++) server.note(500);
  assert.equal(server.fault(), undefined, "it lasted no time");
  await server.pass(2 * ROUND_MS);
  assert.equal(server.fault(), "every review ends in an internal error");
  server.note(200);
  assert.equal(server.fault(), undefined);
  for (let times = 0; times < 9; times++) server.note(500);
  await server.pass(10 * ROUND_MS);
  assert.equal(server.fault(), undefined, "nine are too few");
});

Deno.test("a server that was held up is busy, and not dead, and how long is reported", async () => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  await using server = watch(() => {
    asked += 1;
    return end;
  });
  await server.pass(10_500);
  assert.equal(asked, 1);
  server.hold(20_000);
  await server.pass(0);
  resolve();
  await server.pass(ROUND_MS);
  assert.equal(server.fault(), undefined);
  assert.deepEqual(server.warnings(), []);
  assert.match(server.err(), /"heldMs":(19|20)\d{3},.*"the server was held up/);
  assert.match(await server.metrics(), /^ram_auth_held_seconds_total (19|20)(\.\d+)?$/m);
  assert.match(await server.metrics(), /^ram_auth_event_loop_delay_seconds_sum (19|20)(\.\d+)?$/m);
});
