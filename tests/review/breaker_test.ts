import assert from "node:assert/strict";
import { StsFault } from "../../lib/clouds/cloud.ts";
import { type BreakerCall, createBreaker } from "../../lib/review/breaker.ts";
import { handClock } from "../support/hand_clock.ts";

/** What became of a wish to call: `undefined` as long as it waits. */
type Outcome = BreakerCall | StsFault | undefined;

function atRest() {
  const clock = handClock();
  const changes: string[] = [];
  const breaker = createBreaker({
    ...clock,
    onChange: (host, why) => void changes.push(`${host}: ${why ?? "answers"}`),
  });
  /** Wishes to call, and looks what came of it once all that is under way has settled. */
  const enter = async (host = "a", isConfirmed = false) => {
    const wish: { outcome: Outcome } = { outcome: undefined };
    breaker.enter({ host, isConfirmed }).then(
      (call) => void (wish.outcome = call),
      (failure) => {
        assert.ok(failure instanceof StsFault);
        wish.outcome = failure;
      },
    );
    await settled();
    return wish;
  };
  /** Has a call come through, and ends it. */
  const call = async (why?: string, host = "a", isConfirmed = false) => {
    const { outcome } = await enter(host, isConfirmed);
    assert.ok(outcome !== undefined && !(outcome instanceof Error));
    outcome.end(why);
    await settled();
  };
  return { breaker, clock, changes, enter, call };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function end({ outcome }: { readonly outcome: Outcome }, why?: string): Promise<void> {
  assert.ok(outcome !== undefined && !(outcome instanceof Error));
  outcome.end(why);
  return settled();
}

const isCall = ({ outcome }: { readonly outcome: Outcome }) => outcome !== undefined && !(outcome instanceof Error);
const isRefused = ({ outcome }: { readonly outcome: Outcome }) => outcome instanceof Error;

Deno.test("a host that has not answered lately gets four calls, and all who wait as soon as it answers one", async () => {
  const { enter, clock } = atRest();
  const wishes = await Promise.all(Array.from({ length: 20 }, () => enter()));
  assert.deepEqual(wishes.map(isCall), wishes.map((_, i) => i < 4));
  const other = await enter("b");
  assert.ok(isCall(other));
  await end(wishes[0]!);
  assert.ok(wishes.every(isCall));
  assert.ok(isCall(await enter()));
  assert.equal(clock.waiting(), 0);
});

Deno.test("one of the four that fails makes room for one who waits", async () => {
  const { enter } = atRest();
  const wishes = await Promise.all(Array.from({ length: 6 }, () => enter()));
  await end(wishes[0]!, "reset");
  assert.deepEqual(wishes.slice(4).map(isCall), [true, false]);
});

Deno.test("nobody waits longer than a second for others' answers", async () => {
  const { enter, clock } = atRest();
  const wishes = await Promise.all(Array.from({ length: 5 }, () => enter()));
  clock.pass(999);
  await settled();
  assert.equal(wishes[4]!.outcome, undefined);
  clock.pass(1);
  await settled();
  assert.ok(isRefused(wishes[4]!));
});

Deno.test("after five calls in a row without an answer a host is asked once a second, and again freely once it answers", async () => {
  const { breaker, changes, enter, call, clock } = atRest();
  await call();
  for (let failure = 0; failure < 5; failure++) await call("timeout");
  assert.deepEqual([breaker.open(), changes], [["a"], ["a: timeout"]]);
  assert.ok(isRefused(await enter()));
  assert.throws(
    () => breaker.check({ host: "a", isConfirmed: true }),
    /"a" is not asked: .* again within a second: timeout$/,
  );
  clock.pass(1_000);
  const probe = await enter();
  assert.ok(isCall(probe));
  assert.ok(isRefused(await enter()));
  await end(probe, "timeout");
  assert.ok(isRefused(await enter()));
  clock.pass(1_000);
  await call();
  assert.deepEqual([breaker.open(), changes], [[], ["a: timeout", "a: answers"]]);
  for (let i = 0; i < 10; i++) assert.ok(isCall(await enter()));
});

Deno.test("an answer between failures keeps a host in use", async () => {
  const { breaker, call } = atRest();
  for (let i = 0; i < 20; i++) await call(i % 5 === 4 ? undefined : "reset");
  assert.deepEqual(breaker.open(), []);
});

Deno.test("who waits for a host that turns out not to answer is refused at once", async () => {
  const { enter, call, clock } = atRest();
  await call("reset");
  const wishes = await Promise.all(Array.from({ length: 9 }, () => enter()));
  for (const wish of wishes.slice(0, 4)) await end(wish, "reset");
  assert.deepEqual(wishes.map(isRefused), wishes.map((_, i) => i > 6));
  // Nor do they stand in the way of those who wait later.
  for (const wish of wishes.slice(4, 7)) await end(wish, "reset");
  clock.pass(1_000);
  await call();
  clock.pass(2_000);
  const later = await Promise.all(Array.from({ length: 5 }, () => enter()));
  await end(later[0]!, "reset");
  assert.ok(isCall(later[4]!));
});

Deno.test("calls of those whom STS has confirmed are tried beside those of others, so that nobody takes their turn", async () => {
  const { call, enter, clock } = atRest();
  for (let failure = 0; failure < 5; failure++) await call("timeout");
  clock.pass(1_000);
  assert.ok(isCall(await enter("a", false)));
  assert.ok(isCall(await enter("a", true)));
  assert.ok(isRefused(await enter("a", true)));
});

Deno.test("no more than four tries are under way to a host that hangs", async () => {
  const { call, enter, clock } = atRest();
  for (let failure = 0; failure < 5; failure++) await call("timeout");
  const tries = [];
  for (let second = 0; second < 6; second++) {
    clock.pass(1_000);
    tries.push(await enter());
  }
  assert.deepEqual(tries.map(isCall), [true, true, true, true, false, false]);
  await end(tries[0]!, "timeout");
  assert.ok(isCall(await enter()));
});

Deno.test("calls that began before a host answered again say nothing of it when they fail at last", async () => {
  const { breaker, call, enter, clock } = atRest();
  await call();
  const hanging = await Promise.all(Array.from({ length: 20 }, () => enter()));
  clock.pass(100);
  for (let failure = 0; failure < 5; failure++) await end(hanging[failure]!, "timeout");
  clock.pass(1_000);
  await call();
  clock.pass(1);
  for (const old of hanging.slice(5)) await end(old, "timeout");
  assert.deepEqual(breaker.open(), []);
});

Deno.test("hosts that have never answered have 32 calls under way together, and keep nobody from the others", async () => {
  const { enter, call } = atRest();
  await call(undefined, "known");
  const strange = await Promise.all(Array.from({ length: 40 }, (_, i) => enter(`host ${i}`)));
  assert.equal(strange.filter(isCall).length, 32);
  assert.equal(strange.filter(isRefused).length, 8);
  assert.ok(isCall(await enter("known")));
  assert.ok(isCall(await enter("host 39", true)));
  await end(strange[0]!, "dns");
  assert.ok(isCall(await enter("host 39")));
});
