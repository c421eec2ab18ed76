import assert from "node:assert/strict";
import type { Connection } from "../../../lib/review/https/connection.ts";
import { createPool, type Lease, type Pool, type PoolLimits } from "../../../lib/review/https/pool.ts";
import { type HandClock, handClock } from "../../support/hand_clock.ts";
import { waitFor } from "../../support/wait_for.ts";
import { answer, ask, NO_DEADLINE, startScript, trustingClient } from "./scripted_server.ts";

const LIMITS: PoolLimits = { maxPerHost: 3, maxOpeningPerHost: 2, maxInTotal: 4, restMs: 100, idleMs: 1_000 };

function withPool(
  body: (parts: {
    readonly pool: Pool;
    readonly clock: HandClock;
    /** What was taken: `undefined` as long as it waits. */
    take(
      host?: string,
      options?: { readonly isNew?: boolean; readonly signal?: AbortSignal },
    ): Promise<Lease | undefined>;
    /** Takes one, opens it, and gives it back; it rests then. */
    use(host?: string): Promise<Lease>;
    open(lease: Lease | undefined): void;
  }) => Promise<void>,
): Promise<void> {
  const clock = handClock();
  const pool = createPool(clock.timers, LIMITS);
  const take = async (host = "a", { isNew = false, signal = NO_DEADLINE } = {}) => {
    let lease: Lease | undefined;
    const taking = pool.take({ host, isNew, signal });
    taking.then((taken) => void (lease = taken), () => {});
    await new Promise((resolve) => setTimeout(resolve, 0));
    return lease;
  };
  const open = (lease: Lease | undefined) => {
    let isOpen = true;
    const connection: Connection = {
      get isOpen() {
        return isOpen;
      },
      ask: () => Promise.reject(new Error("not in this test")),
      close() {
        if (!isOpen) return;
        isOpen = false;
        pool.forget(lease!);
      },
    };
    pool.opened(lease!, connection);
  };
  const use = async (host = "a") => {
    const lease = await take(host);
    if (lease?.connection === undefined) open(lease);
    pool.giveBack(lease!);
    return lease!;
  };
  return body({ pool, clock, take, use, open });
}

Deno.test("a connection is used again after its rest, and not before", () =>
  withPool(async ({ clock, take, use }) => {
    const first = await use();
    clock.pass(LIMITS.restMs - 1);
    assert.equal((await take())?.connection, undefined);
    clock.pass(1);
    assert.equal((await take())?.connection, first.connection);
  }));

Deno.test("a connection serves one holder at a time, of its own host", () =>
  withPool(async ({ clock, take, use }) => {
    const first = await use();
    clock.pass(LIMITS.restMs);
    assert.equal((await take("b"))?.connection, undefined);
    assert.equal((await take())?.connection, first.connection);
    assert.equal((await take())?.connection, undefined);
  }));

Deno.test("whoever needs a new connection gets no kept one", () =>
  withPool(async ({ clock, take, use }) => {
    const first = await use();
    clock.pass(LIMITS.restMs);
    assert.equal((await take("a", { isNew: true }))?.connection, undefined);
    assert(first.connection!.isOpen);
  }));

Deno.test("one that is needed new takes the place of an idle one where the host is full", () =>
  withPool(async ({ pool, clock, take, use, open }) => {
    const kept = await use();
    for (let i = 1; i < LIMITS.maxPerHost; i++) open(await take());
    clock.pass(LIMITS.restMs);
    assert.notEqual(await take("a", { isNew: true }), undefined);
    assert.deepEqual([kept.connection!.isOpen, pool.size], [false, LIMITS.maxPerHost]);
  }));

Deno.test("a host has so many connections and no more; who waits is served in order", () =>
  withPool(async ({ pool, take, open }) => {
    const leases = [];
    for (let i = 0; i < LIMITS.maxPerHost; i++) {
      const lease = await take();
      open(lease);
      leases.push(lease!);
    }
    const order: string[] = [];
    for (const name of ["first", "second"]) {
      void pool.take({ host: "a", isNew: false, signal: NO_DEADLINE }).then(() => order.push(name));
    }
    assert.equal(await take(), undefined);
    assert.notEqual(await take("b"), undefined);
    for (const [index, want] of [["first"], ["first", "second"]].entries()) {
      leases[index]!.connection!.close();
      pool.giveBack(leases[index]!);
      await new Promise((resolve) => setTimeout(resolve, 0));
      assert.deepEqual(order, want);
    }
  }));

Deno.test("a host has so many connections in the making and no more", () =>
  withPool(async ({ pool, take, open }) => {
    const leases = [await take(), await take()];
    let third: Lease | undefined;
    void pool.take({ host: "a", isNew: false, signal: NO_DEADLINE }).then((lease) => third = lease);
    assert.equal(await take(), undefined);
    assert.notEqual(await take("b"), undefined);
    open(leases[0]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.notEqual(third, undefined);
  }));

Deno.test("one whose opening fails leaves its place to the next", () =>
  withPool(async ({ pool, take }) => {
    const leases = [await take(), await take()];
    const waiting = pool.take({ host: "a", isNew: false, signal: NO_DEADLINE });
    pool.giveBack(leases[0]!);
    assert.equal((await waiting).connection, undefined);
    assert.equal(pool.size, 2);
  }));

Deno.test("all hosts together have so many; the one that is idle longest goes for another host's", () =>
  withPool(async ({ pool, clock, take, use }) => {
    const used = [];
    for (const host of ["a", "b", "c", "d"]) {
      used.push(await use(host));
      clock.pass(1);
    }
    assert.equal(await take("e"), undefined);
    clock.pass(LIMITS.restMs);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.deepEqual(used.map(({ connection }) => connection!.isOpen), [false, true, true, true]);
    assert.equal(pool.size, LIMITS.maxInTotal);
  }));

Deno.test("an idle connection is closed after its time, and leaves no timer", () =>
  withPool(async ({ pool, clock, use }) => {
    const first = await use();
    clock.pass(500);
    const second = await use();
    assert.equal(second, first);
    clock.pass(LIMITS.idleMs - 1);
    assert(first.connection!.isOpen);
    clock.pass(1);
    assert.deepEqual([first.connection!.isOpen, pool.size, clock.waiting()], [false, 0, 0]);
  }));

Deno.test("of several idle connections the last used one goes first, so that those which are not needed get old", () =>
  withPool(async ({ clock, take, use }) => {
    const first = await use();
    const second = await use();
    assert.notEqual(first, second);
    clock.pass(LIMITS.restMs);
    assert.equal(await take(), second);
  }));

Deno.test("a connection that closes while it rests or idles leaves its place, once", () =>
  withPool(async ({ pool, clock, use }) => {
    const resting = await use();
    resting.connection!.close();
    assert.deepEqual([pool.size, clock.waiting()], [0, 0]);
    const idle = await use();
    clock.pass(LIMITS.restMs);
    idle.connection!.close();
    idle.connection!.close();
    assert.equal(pool.size, 0);
  }));

Deno.test("who waits is let go by his signal, and his turn passes on", () =>
  withPool(async ({ pool, take, open }) => {
    const leases = [await take(), await take()];
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = pool.take({ host: "a", isNew: false, signal: controller.signal });
    const next = pool.take({ host: "a", isNew: false, signal: NO_DEADLINE });
    controller.abort(reason);
    await assert.rejects(waiting, (e) => e === reason);
    open(leases[0]);
    assert.equal((await next).connection, undefined);
    await assert.rejects(pool.take({ host: "a", isNew: false, signal: controller.signal }), (e) => e === reason);
  }));

Deno.test("a pool that is closed closes all, lets everybody go, and keeps nothing", () =>
  withPool(async ({ pool, clock, take, use, open }) => {
    const idle = await use();
    clock.pass(LIMITS.restMs);
    const held = await take("b");
    open(held);
    await take("c");
    await take("c");
    const waiting = pool.take({ host: "c", isNew: false, signal: NO_DEADLINE });
    const refused = assert.rejects(waiting, /closed/);
    pool.close();
    await refused;
    assert.deepEqual([idle.connection!.isOpen, held!.connection!.isOpen, clock.waiting()], [false, false, 0]);
    await assert.rejects(pool.take({ host: "a", isNew: false, signal: NO_DEADLINE }), /closed/);
    pool.giveBack(held!);
    assert.equal(clock.waiting(), 0);
  }));

Deno.test("a real server sees no more connections than a host may have, however many calls are made", async () => {
  let inUse = 0;
  let most = 0;
  await using server = startScript(async (side) => {
    while (await side.request() !== undefined) {
      most = Math.max(most, inUse += 1);
      await side.send(answer("x"));
      inUse -= 1;
    }
  });
  using client = trustingClient({ limits: { maxPerHost: 4, maxOpeningPerHost: 2, restMs: 1 } });
  await Promise.all(Array.from({ length: 60 }, () => ask(client, server.host)));
  assert.deepEqual([server.connections(), client.connections], [4, 4]);
  assert(most <= 4);
  client[Symbol.dispose]();
  await waitFor("all to go", () => client.connections === 0);
});
