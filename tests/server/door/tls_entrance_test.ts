import assert from "node:assert/strict";
import { createTlsEntrance } from "../../../lib/server/door/tls_entrance.ts";
import { handClock } from "../../support/hand_clock.ts";
import { openTestDoor } from "../../support/doors/test_door.ts";

/** A record of application data of that length. */
function record(length: number): Uint8Array {
  return Uint8Array.of(23, 3, 3, length >> 8, length & 0xff, ...Array(length).fill(9));
}

/** An entrance, the bytes that went in one write after the other, and the clock. */
function entranceOf({ atOnce = Infinity } = {}) {
  const clock = handClock();
  const writes: number[][] = [];
  const inside = {
    write(bytes: Uint8Array) {
      const part = bytes.subarray(0, atOnce);
      writes.push([...part]);
      return Promise.resolve(part.length);
    },
  };
  const entrance = createTlsEntrance(inside, clock.timers);
  return {
    ...entrance,
    clock,
    writes,
    async send(bytes: Uint8Array) {
      for (let at = 0; at < bytes.length;) at += await entrance.write(bytes.subarray(at));
    },
  };
}

Deno.test("one answer after the other waits for nothing, and nothing goes in ahead of the client", async () => {
  const { send, hasWritten, writes, clock } = entranceOf();
  await send(record(2));
  hasWritten(900);
  await send(record(2));
  hasWritten(16_384);
  clock.pass(1_000);
  assert.deepEqual(writes, [[...record(2)], [...record(2)]]);
});

for (
  const [what, answers] of [
    ["an answer that follows another", [900, 900]],
    ["an answer of more than one record", [16_385]],
  ] as const
) {
  Deno.test(`${what} is let out by the first byte of the client's next record, which goes in once`, async () => {
    const { send, hasWritten, writes } = entranceOf();
    await send(record(2));
    for (const bytes of answers) hasWritten(bytes);
    assert.deepEqual(writes.splice(0), [[...record(2)], [23]]);
    await send(record(3));
    assert.deepEqual(writes, [[...record(3).subarray(1)]]);
  });
}

Deno.test("of further answers several are let out at once, as three bytes have to do for all", async () => {
  const { send, hasWritten, writes, clock } = entranceOf();
  const answer = (count: number) => {
    for (let i = 0; i < count; i++) hasWritten(900);
    return writes.splice(0);
  };
  assert.deepEqual(answer(2), [[23]]);
  assert.deepEqual(answer(3), []);
  clock.pass(1);
  assert.deepEqual(answer(0), [[3]]);
  assert.deepEqual(answer(3), []);
  clock.pass(5);
  assert.deepEqual(answer(0), []);
  clock.pass(1);
  assert.deepEqual(answer(2), [[3]]);
  clock.pass(1_000);
  assert.deepEqual(answer(2), []);
  await send(record(2));
  assert.deepEqual(writes.splice(0), [[...record(2).subarray(3)]]);
  assert.deepEqual(answer(1), [[23]]);
});

Deno.test("what the client sends lets out what waits, and no byte goes in ahead for that", async () => {
  const { send, hasWritten, writes, clock } = entranceOf();
  for (let i = 0; i < 3; i++) hasWritten(900);
  await send(record(2));
  clock.pass(1_000);
  assert.deepEqual(writes, [[23], [...record(2).subarray(1)]]);
});

for (const atOnce of [1, 2, 7, Infinity]) {
  for (const pieces of [1, 2, 3, 4, 5, 6, 100]) {
    Deno.test(`what goes in is what the client sent, in pieces of ${pieces}, taken by ${atOnce} at once`, async () => {
      const { send, hasWritten, writes, clock } = entranceOf({ atOnce });
      const sent = [record(3), record(0), record(300), record(1)].flatMap((bytes) => [...bytes]);
      for (let at = 0; at < sent.length; at += pieces) {
        for (let i = 0; i < 3; i++) hasWritten(900);
        clock.pass(20);
        for (let i = 0; i < 3; i++) hasWritten(900);
        await send(Uint8Array.from(sent.slice(at, at + pieces)));
      }
      assert.deepEqual(writes.flat(), sent);
    });
  }
}

Deno.test("a client that begins another record than was begun for it is not passed on", async () => {
  const { send, hasWritten, writes } = entranceOf();
  for (let i = 0; i < 2; i++) hasWritten(900);
  await assert.rejects(send(Uint8Array.of(21, 3, 3, 0, 2, 1, 0)), Deno.errors.InvalidData);
  assert.deepEqual(writes, [[23]]);
});

Deno.test("one that is closed leaves no timer behind, and sends nothing any more", () => {
  const { hasWritten, close, writes, clock } = entranceOf();
  for (let i = 0; i < 3; i++) hasWritten(900);
  assert.equal(clock.waiting(), 1);
  close();
  hasWritten(900);
  clock.pass(1_000);
  assert.deepEqual([writes, clock.waiting()], [[[23]], 0]);
});

/** Rounds, and in how many of them the machine must have had the time. */
const ROUNDS = 20;
const CALM = 5;

/** Less than the 40 ms for which an acknowledgement may be delayed. */
const SOON_MS = 30;

Deno.test("answers on one connection of HTTP/2 do not wait for those before to be acknowledged", async () => {
  const asked: Record<string, PromiseWithResolvers<void>> = {};
  await using door = await openTestDoor(async (request) => {
    const { pathname } = new URL(request.url);
    await asked[pathname]?.promise;
    return new Response("x".repeat(800));
  });
  using client = Deno.createHttpClient({ caCerts: [door.caPem] });
  const ask = async (path: string) => {
    const response = await fetch(`${door.url}${path}`, { client });
    await response.text();
  };
  await ask("warm");
  const waits: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = [`first-${round}`, `second-${round}`];
    for (const path of [first, second]) asked[`/${path}`] = Promise.withResolvers();
    const [isFirst, isSecond] = [ask(first), ask(second)];
    await ask("both-are-under-way");
    const since = performance.now();
    asked[`/${first}`]!.resolve();
    await isFirst;
    asked[`/${second}`]!.resolve();
    await isSecond;
    waits.push(performance.now() - since);
  }
  const soon = waits.filter((ms) => ms < SOON_MS).length;
  assert.ok(soon >= CALM, `${soon} of ${ROUNDS} within ${SOON_MS} ms: ${waits.map((ms) => ms.toFixed(0)).join(", ")}`);
});
