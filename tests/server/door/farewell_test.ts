import assert from "node:assert/strict";
import { createFarewell } from "../../../lib/server/door/farewell.ts";
import { openTestDoor } from "../../support/doors/test_door.ts";
import { waitFor } from "../../support/wait_for.ts";

const HTTP2 = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const HTTP1 = new TextEncoder().encode("POST /authenticate HTTP/1.1\r\n");
const SETTINGS = [0, 0, 0, 4, 0, 0, 0, 0, 0];
const DATA = [0, 0, 3, 0, 1, 0, 0, 0, 1, 120, 121, 122];
const GOAWAY = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/** One whose server sends what the test has it send; and what went out so far. */
function farewellTo(first: Uint8Array, { atOnce = Infinity } = {}) {
  const sent: number[] = [];
  const farewell = createFarewell(first, {
    write(bytes) {
      const part = bytes.subarray(0, atOnce);
      sent.push(...part);
      return Promise.resolve(part.length);
    },
  });
  return {
    ...farewell,
    sent,
    async send(bytes: readonly number[]) {
      for (let at = 0; at < bytes.length;) at += await farewell.write(Uint8Array.from(bytes.slice(at)));
    },
  };
}

for (const atOnce of [1, 4, Infinity]) {
  for (let at = 0; at <= DATA.length; at++) {
    Deno.test(`a GOAWAY goes out once, between two frames: said ${at} bytes into one, ${atOnce} at once`, async () => {
      const { send, say, sent } = farewellTo(HTTP2, { atOnce });
      await send(SETTINGS);
      await send(DATA.slice(0, at));
      say();
      say();
      await send(DATA.slice(at));
      await send(DATA);
      const isFirst = at === 0;
      assert.deepEqual(sent, [
        ...SETTINGS,
        ...(isFirst ? GOAWAY : []),
        ...DATA,
        ...(isFirst ? [] : GOAWAY),
        ...DATA,
      ]);
    });
  }
}

Deno.test("a GOAWAY is never the first frame", async () => {
  const { send, say, sent } = farewellTo(HTTP2);
  say();
  assert.deepEqual(sent, []);
  await send(SETTINGS);
  assert.deepEqual(sent, [...SETTINGS, ...GOAWAY]);
});

Deno.test("HTTP/1.1 has the connection closed in each answer from then on, and nothing between them", async () => {
  const { send, say, sent, mark } = farewellTo(HTTP1);
  assert.equal(mark(new Response("")).headers.get("connection"), null);
  await send(DATA);
  say();
  await send(DATA);
  assert.deepEqual(sent, [...DATA, ...DATA]);
  assert.equal(mark(new Response("")).headers.get("connection"), "close");
});

Deno.test("an answer of HTTP/2 has no such header", () => {
  const { say, mark } = farewellTo(HTTP2);
  say();
  assert.equal(mark(new Response("")).headers.get("connection"), null);
});

const GET = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: test\r\n\r\n");

Deno.test("a request that was sent before its client knew of the end is answered, and the client is told then", async () => {
  await using door = await openTestDoor(() => Promise.resolve(new Response("answer")));
  using client = await Deno.connectTls({ hostname: "127.0.0.1", port: door.port, caCerts: [door.caPem] });
  const buffer = new Uint8Array(4_096);
  const ask = async () => {
    await client.write(GET);
    return new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0));
  };
  assert.doesNotMatch(await ask(), /connection: close/i);
  const stopped = door.stop(60_000);
  assert.match(await ask(), /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n[^]*answer$/i);
  assert.equal(await client.read(buffer), null);
  await stopped;
});

Deno.test("requests on a connection of HTTP/2 that end while others begin are all answered when the door stops", async () => {
  let taken = 0;
  const first = Promise.withResolvers<void>();
  await using door = await openTestDoor(async (request) => {
    taken += 1;
    await request.text();
    await first.promise;
    return new Response("answer");
  });
  using client = Deno.createHttpClient({ caCerts: [door.caPem] });
  const post = async () => await (await fetch(door.url, { client, method: "POST", body: "x".repeat(1_500) })).text();
  const answers = Array.from({ length: 64 }, post);
  await waitFor("the first", () => taken > 0);
  const stopped = door.stop(60_000);
  first.resolve();
  assert.deepEqual(new Set(await Promise.all(answers)), new Set(["answer"]));
  await stopped;
});
