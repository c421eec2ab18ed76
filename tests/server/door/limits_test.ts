import assert from "node:assert/strict";
import type { Capacity } from "../../../lib/server/door/capacity.ts";
import { type HandClock, handClock } from "../../support/hand_clock.ts";
import {
  DOOR_HOST,
  NO_DRAIN_LIMIT_MS,
  openPlainTestDoor,
  openTestDoor,
  type TestDoor,
} from "../../support/doors/test_door.ts";
import { waitFor } from "../../support/wait_for.ts";

const GET = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";

/** The first bytes of HTTP/2, with empty settings: a client that asks for nothing. */
const HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/** The first bytes of a ClientHello of 512 bytes. */
const HALF_CLIENT_HELLO = "\x16\x03\x01\x02\0\x01";

const answer = () => Promise.resolve(new Response("answer"));

const write = async (connection: Deno.Conn, text: string) => {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
};

const connect = ({ port }: { readonly port: number }) => Deno.connect({ hostname: DOOR_HOST, port });

async function connectTls({ port, caPem }: TestDoor, alpnProtocols = ["http/1.1"]): Promise<Deno.TlsConn> {
  const connection = await Deno.connectTls({ hostname: DOOR_HOST, port, caCerts: [caPem], alpnProtocols });
  await connection.handshake();
  return connection;
}

/** Sends one request over HTTP/1.1 and reads its answer, which ends with the word. */
async function exchange(connection: Deno.Conn, request = GET): Promise<void> {
  await write(connection, request);
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!text.endsWith("answer")) {
    const length = await connection.read(buffer);
    assert.notEqual(length, null, "the connection ended before the answer");
    text += new TextDecoder().decode(buffer.subarray(0, length!));
  }
}

/** Resolves once the server has ended the connection, in whatever way. */
async function ended(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let isOver = false;
  const reading = (async () => {
    try {
      while (await connection.read(buffer) !== null);
    } catch (failure) {
      assert.match(String(failure), /reset|eof|close_notify/i);
    } finally {
      isOver = true;
    }
  })();
  await waitFor("the end of the connection", () => isOver);
  await reading;
}

const openConnections = (door: Pick<TestDoor, "metric">, listener = "tls") =>
  door.metric(`ram_auth_connections_open{listener="${listener}"}`);

const closedFor = (door: Pick<TestDoor, "metric">, reason: string, listener = "tls") =>
  door.metric(`ram_auth_connections_closed_total{listener="${listener}",reason="${reason}"}`);

const allClosed = (door: Pick<TestDoor, "metric">, listener = "tls") =>
  waitFor("every connection to be closed", async () => await openConnections(door, listener) === 0);

/** As many connections as the test says. */
const capacityOf = (current: number): Capacity => ({ current, grow() {}, shrink() {} });

interface Idler {
  readonly name: string;
  readonly limitMs: number;
  readonly reason: string;
  /** Connects, and does what the name says. */
  readonly open: (door: TestDoor) => Promise<Deno.Conn>;
}

async function after(connection: Deno.Conn, text: string): Promise<Deno.Conn> {
  await write(connection, text);
  return connection;
}

const IDLERS: readonly Idler[] = [
  { name: "that sends nothing", limitMs: 10_000, reason: "handshake_late", open: connect },
  {
    name: "with half a ClientHello",
    limitMs: 10_000,
    reason: "handshake_late",
    open: async (door) => await after(await connect(door), HALF_CLIENT_HELLO),
  },
  { name: "that asks for nothing", limitMs: 10_000, reason: "request_late", open: connectTls },
  {
    name: "with half the head of a request",
    limitMs: 10_000,
    reason: "request_late",
    open: async (door) => await after(await connectTls(door), GET.slice(0, 20)),
  },
  {
    name: "of HTTP/2 that asks for nothing",
    limitMs: 10_000,
    reason: "request_late",
    open: async (door) => await after(await connectTls(door, ["h2"]), HTTP2_PREFACE),
  },
  {
    name: "that was answered and asks for nothing more",
    limitMs: 300_000,
    reason: "idle",
    async open(door) {
      const connection = await connectTls(door);
      await exchange(connection);
      return connection;
    },
  },
  {
    name: "that was answered and sends half a head",
    limitMs: 300_000,
    reason: "idle",
    async open(door) {
      const connection = await connectTls(door);
      await exchange(connection);
      return await after(connection, GET.slice(0, 20));
    },
  },
];

/** Until what the clients did has come to the door, whose clock stands meanwhile. */
async function arrived(door: TestDoor, connections: number): Promise<void> {
  await waitFor("the connections", async () => await openConnections(door) === connections);
  // What was sent before this answer was received before it, too.
  using other = await connectTls(door);
  await exchange(other);
  other.close();
  await waitFor("the other connection's end", async () => await openConnections(door) === connections);
}

for (const { name, limitMs, reason, open } of IDLERS) {
  Deno.test(`a connection ${name} is closed after ${limitMs / 1_000} s, not before, and counted`, async () => {
    const clock = handClock();
    await using door = await openTestDoor(answer, { timers: clock.timers });
    using connection = await open(door);
    await arrived(door, 1);
    clock.pass(limitMs - 1_000);
    assert.equal(await openConnections(door), 1);
    clock.pass(2_000);
    await ended(connection);
    clock.pass(2_500);
    await allClosed(door);
    assert.equal(await closedFor(door, reason), 1);
    assert.match(door.log(), new RegExp(`"reason":"${reason}","client":"127\\.0\\.0\\.1:\\d+","listener":"tls"`));
  });
}

Deno.test("a connection of plain HTTP is held to the same limits", async () => {
  const clock = handClock();
  await using door = await openPlainTestDoor(answer, { timers: clock.timers });
  using silent = await connect(door);
  using answered = await connect(door);
  await exchange(answered);
  await waitFor("both", async () => await openConnections(door, "health") === 2);
  clock.pass(10_500);
  await ended(silent);
  await exchange(answered);
  clock.pass(300_500);
  await ended(answered);
  answered.close();
  await allClosed(door, "health");
  assert.equal(await closedFor(door, "request_late", "health"), 1);
  assert.equal(await closedFor(door, "idle", "health"), 1);
});

Deno.test("a client that reads nothing is hung up on, and what it was to be sent is let go", async () => {
  const clock = handClock();
  let requests = 0;
  await using door = await openTestDoor(() => {
    requests += 1;
    return Promise.resolve(new Response("x".repeat(1_000_000)));
  }, { timers: clock.timers });
  using connection = await connectTls(door);
  await write(connection, GET.repeat(100));
  await waitFor("the first request", () => requests > 0);
  await waitFor("the server to be held up", async () => {
    clock.pass(5_000);
    return await closedFor(door, "stuck") === 1;
  });
  await allClosed(door);
});

Deno.test("a client that hangs up in the middle of a request leaves nothing open", async () => {
  const entered = Promise.withResolvers<Request>();
  await using door = await openTestDoor(async (request) => {
    entered.resolve(request);
    await assert.rejects(request.text());
    return new Response("nobody hears it");
  });
  using connection = await connectTls(door);
  await write(connection, "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nhalf");
  await entered.promise;
  connection.close();
  await allClosed(door);
  assert.equal(door.log(), "");
});

/** A door whose requests for `/wait` are in flight until they are released. */
async function doorThatWaits(capacity: Capacity, clock: HandClock = handClock()) {
  const released = Promise.withResolvers<void>();
  let waiting = 0;
  const door = await openTestDoor(async (request) => {
    if (!new URL(request.url).pathname.endsWith("/wait")) return new Response("answer");
    waiting += 1;
    await released.promise;
    return new Response("late answer");
  }, { capacity, timers: clock.timers });
  return {
    ...door,
    /** Opens a connection with a request in flight. */
    async busy(): Promise<Deno.TlsConn> {
      const before = waiting;
      const connection = await connectTls(door);
      await write(connection, GET.replace("/", "/wait"));
      await waitFor("the request", () => waiting > before);
      return connection;
    },
    release: released.resolve,
  };
}

Deno.test("where there is no room, the connection idle longest goes, never one with a request in flight", async () => {
  await using door = await doorThatWaits(capacityOf(6), handClock());
  using busy = await door.busy();
  using first = await connectTls(door);
  using second = await connectTls(door);
  await exchange(first);
  await exchange(second);
  await exchange(first);
  using third = await connectTls(door);
  await ended(second);
  await exchange(third);
  await exchange(first);
  assert.equal(await closedFor(door, "evicted"), 1);
  door.release();
  await exchange(busy, "");
});

Deno.test("who comes while every connection has a request in flight is refused, and counted", async () => {
  await using door = await doorThatWaits(capacityOf(4));
  using one = await door.busy();
  using two = await door.busy();
  using refused = await connect(door);
  await ended(refused);
  assert.equal(await closedFor(door, "share_full"), 1);
  assert.match(door.log(), /"reason":"share_full".*"message":"connection refused"/);
  door.release();
  for (const connection of [one, two]) await exchange(connection, "");
});

Deno.test("an h2 client with 1,000 requests at once is answered", async () => {
  await using door = await openTestDoor(async (request) => new Response(await request.text()));
  using client = Deno.createHttpClient({ caCerts: [door.caPem], http1: false, http2: true });
  const bodies = Array.from({ length: 1_000 }, (_, index) => `body ${index}`);
  const answers = await Promise.all(
    bodies.map(async (body) => await (await fetch(door.url, { method: "POST", body, client })).text()),
  );
  assert.deepEqual(answers, bodies);
});

Deno.test("a head of 1 MiB is not taken, and others are answered", async () => {
  await using door = await openTestDoor(answer);
  using connection = await connectTls(door);
  await write(connection, `GET / HTTP/1.1\r\nhost: test\r\nx-large: ${"x".repeat(1_048_576)}\r\n\r\n`).catch(() => {});
  await ended(connection);
  using other = await connectTls(door);
  await exchange(other);
});

for (const bytes of [100, 5_000, 16_384, 100_000, 3_000_000]) {
  Deno.test(`an answer of ${bytes} bytes arrives whole before a connection that the client has closed after it`, async () => {
    await using door = await openTestDoor(() => Promise.resolve(new Response("x".repeat(bytes))));
    using connection = await connectTls(door);
    await write(connection, GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    const text = await new Response(connection.readable).text();
    assert.equal(text.length - text.indexOf("\r\n\r\n") - 4, bytes);
  });
}

Deno.test("a stop answers what is in flight, ends who is idle, and hangs up on who never reads", async () => {
  let [waiting, answered] = [0, 0];
  const released = Promise.withResolvers<void>();
  await using door = await openTestDoor(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/large") return new Response("x".repeat(8_000_000));
    if (pathname !== "/wait") return new Response("answer");
    waiting += 1;
    await released.promise;
    answered += 1;
    return new Response("late answer");
  });
  using idle = await connectTls(door);
  using busy = await connectTls(door);
  using deaf = await connectTls(door);
  await exchange(idle);
  await write(busy, GET.replace("/", "/wait"));
  await write(deaf, GET.replace("/", "/large"));
  await waitFor("the request", () => waiting === 1);
  const stopping = door.stop(2_000);
  await ended(idle);
  released.resolve();
  await exchange(busy, "");
  await stopping;
  assert.equal(answered, 1);
  await allClosed(door);
});

Deno.test("a stop answers every request that is in flight, however many connections they came by", async () => {
  const CONNECTIONS = 150;
  let waiting = 0;
  const released = Promise.withResolvers<void>();
  await using door = await openTestDoor(async () => {
    waiting += 1;
    await released.promise;
    return new Response("answer");
  });
  await using connections = new AsyncDisposableStack();
  const asking = Array.from({ length: CONNECTIONS }, async () => {
    const client = connections.adopt(Deno.createHttpClient({ caCerts: [door.caPem] }), (one) => one.close());
    return await (await fetch(door.url, { client })).text();
  });
  await waitFor("every request", () => waiting === CONNECTIONS);
  const stopping = door.stop(NO_DRAIN_LIMIT_MS);
  released.resolve();
  assert.deepEqual(await Promise.all(asking), asking.map(() => "answer"));
  await connections.disposeAsync();
  await stopping;
});

Deno.test("a stop answers the first request of a client that has connected, and is still in its handshake", async () => {
  await using door = await openTestDoor(answer);
  using tcp = await connect(door);
  await write(tcp, HALF_CLIENT_HELLO.slice(0, 1));
  await waitFor("the connection", async () => await openConnections(door) === 1);
  const connection = await connectTls(door);
  const stopping = door.stop(NO_DRAIN_LIMIT_MS);
  await exchange(connection);
  connection.close();
  await stopping;
});
