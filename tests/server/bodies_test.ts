import assert from "node:assert/strict";
import http2 from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import { BodyTooLargeError } from "../../lib/http.ts";
import { BodyBrokenError, BodyCrowdedOutError, BodyLateError, createBodies, drain } from "../../lib/server/bodies.ts";
import { handClock } from "../support/hand_clock.ts";
import { type ReviewServer, startReviewServer } from "../support/review_server.ts";
import { waitFor } from "../support/wait_for.ts";

/** A request whose body the test sends by hand. */
function sendByHand(declared?: number) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let isCanceled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (isCanceled = true),
  });
  const headers: HeadersInit = declared === undefined ? {} : { "content-length": String(declared) };
  return {
    request: new Request("https://localhost/", { method: "POST", headers, body }),
    send: (bytes: Uint8Array) => controller.enqueue(bytes),
    end: () => controller.close(),
    fail: (failure: Error) => controller.error(failure),
    isCanceled: () => isCanceled,
  };
}

for (
  const [what, declared] of [["says how long it is", 6], ["does not say how long it is", undefined]] as const
) {
  Deno.test(`a body that ${what} is read whole, in as many pieces as it comes, and none of them is kept`, async () => {
    const bodies = createBodies();
    const { request, send, end } = sendByHand(declared);
    const reading = bodies.read(request);
    assert.equal(bodies.bytesInFlight, declared ?? 65_536);
    const wide = new Uint8Array(1_000_000).fill(7);
    for (const at of [0, 2, 4]) send(wide.subarray(at, at + 2));
    end();
    const body = await reading;
    assert.deepEqual([...body], [7, 7, 7, 7, 7, 7]);
    assert.equal(body.buffer.byteLength, declared ?? 65_536);
    assert.equal(bodies.bytesInFlight, 0);
  });
}

Deno.test("a body of 64 KiB is read; one that says that it is longer is not, but it is drained", async () => {
  const bodies = createBodies();
  const just = new Request("https://localhost/", { method: "POST", body: new Uint8Array(65_536) });
  assert.equal((await bodies.read(just)).length, 65_536);
  const { request, send, end, isCanceled } = sendByHand(65_537);
  const refusal = assert.rejects(bodies.read(request), BodyTooLargeError);
  assert.equal(bodies.bytesInFlight, 0);
  send(new Uint8Array(65_537));
  end();
  await refusal;
  assert.equal(isCanceled(), false);
});

Deno.test("a body that says that it is above 1 MiB is refused before any of it is read", async () => {
  const { request } = sendByHand(1_048_577);
  await assert.rejects(createBodies().read(request), BodyTooLargeError);
});

for (const declared of [undefined, 10]) {
  Deno.test(`a body that turns out longer than ${declared ?? "64 KiB"} is drained and refused`, async () => {
    const { request, send, end, isCanceled } = sendByHand(declared);
    const refusal = assert.rejects(createBodies().read(request), BodyTooLargeError);
    send(new Uint8Array(65_537));
    send(new Uint8Array(65_537));
    end();
    await refusal;
    assert.equal(isCanceled(), false);
  });
}

Deno.test("no more than 1 MiB is drained", async () => {
  const { request, send, isCanceled } = sendByHand();
  const draining = drain(request);
  send(new Uint8Array(1_048_576));
  send(new Uint8Array(1));
  await draining;
  assert.equal(isCanceled(), true);
});

Deno.test("a body that does not come within five seconds is given up, and so is one that nobody needs", async () => {
  const clock = handClock();
  const [late, unneeded] = [sendByHand(99), sendByHand(99)];
  const refusal = assert.rejects(createBodies(clock).read(late.request), BodyLateError);
  const draining = drain(unneeded.request, clock);
  clock.pass(4_999);
  late.send(new Uint8Array(98));
  assert.equal(late.isCanceled(), false);
  clock.pass(1);
  await refusal;
  await draining;
  assert.deepEqual([late.isCanceled(), unneeded.isCanceled()], [true, true]);
});

Deno.test("a client that leaves before the end is told apart from every other failure", async () => {
  const clock = handClock();
  const bodies = createBodies(clock);
  const { request, send, fail } = sendByHand(99);
  const refusal = assert.rejects(bodies.read(request), (e) => e instanceof BodyBrokenError && e.cause !== undefined);
  send(new Uint8Array(1));
  fail(new TypeError("made up"));
  await refusal;
  assert.deepEqual([bodies.bytesInFlight, clock.waiting()], [0, 0]);
});

Deno.test("where all bodies would be too large, those that have been arriving longest go, and the new one is read", async () => {
  const bodies = createBodies({ maxInFlightBytes: 100 });
  const held = [40, 40, 20].map((length) => sendByHand(length));
  const [first, second, third] = held.map(({ request }) => bodies.read(request)) as [
    Promise<Uint8Array>,
    Promise<Uint8Array>,
    Promise<Uint8Array>,
  ];
  const refusals = [first, second].map((reading) => assert.rejects(reading, BodyCrowdedOutError));
  const headers = { "content-length": "50" };
  const honest = await bodies.read(
    new Request("https://localhost/", { method: "POST", headers, body: "x".repeat(50) }),
  );
  assert.equal(honest.length, 50);
  await Promise.all(refusals);
  assert.deepEqual(held.map(({ isCanceled }) => isCanceled()), [true, true, false]);
  assert.equal(bodies.bytesInFlight, 20);
  held[2]!.send(new Uint8Array(20));
  held[2]!.end();
  assert.equal((await third).length, 20);
  assert.equal(bodies.bytesInFlight, 0);
});

/** Sends the beginning of a request and keeps the connection; an answer is looked for by the test. */
function hold(server: ReviewServer, declared: number) {
  const socket: TLSSocket = connect({
    host: "127.0.0.1",
    port: Number(new URL(server.url).port),
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => void (received += text)).on("error", () => {});
  socket.write(
    `POST /authenticate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${declared}\r\n\r\n{`,
  );
  return { socket, received: () => received };
}

Deno.test("clients that hold back their bodies lose them to honest ones, who are all served", async () => {
  await using server = await startReviewServer();
  // Many requests on few connections, so that all of them are under way long before the first is late.
  const sessions = Array.from({ length: 6 }, () => http2.connect(server.url, { rejectUnauthorized: false }));
  const crowdedOut: http2.IncomingHttpHeaders[] = [];
  const headers = {
    ":method": "POST",
    ":path": "/authenticate",
    "content-type": "application/json",
    "content-length": "65536",
  };
  try {
    for (let i = 0; i < 600; i++) {
      const held = sessions[i % sessions.length]!.request(headers, { endStream: false });
      held.on("error", () => {}).on("response", (answer) => {
        if (answer[":status"] === 503) crowdedOut.push(answer);
      });
      held.write("{");
    }
    await waitFor("the first to make room", () => crowdedOut.length > 0);
    assert.equal(crowdedOut[0]!["retry-after"], "1");
    for (let i = 0; i < 20; i++) assert.equal((await server.review("k8s-ack-v2.x")).status, 200);
    assert.match(server.logText(), /"reason":"ERR_BODY_CROWDED_OUT"/);
    assert.match(await server.metrics(), /_count\{result="overloaded"\} \d+\n/);
  } finally {
    for (const session of sessions) session.destroy();
  }
  await waitFor(
    "the room of those who left",
    async () => /\nram_auth_request_body_bytes 0\n/.test(await server.metrics()),
  );
});

Deno.test("a client that hangs up is no error of the server's, but counted and logged as what it is", async () => {
  await using server = await startReviewServer();
  const { socket } = hold(server, 99);
  await waitFor("its bytes", async () => /\nram_auth_request_body_bytes 99\n/.test(await server.metrics()));
  socket.destroy();
  const line = await waitFor("its line", () => server.log().find(({ reason }) => reason === "ERR_BODY_BROKEN"));
  assert.equal(line["level"], "info");
  assert.match(await server.metrics(), /_count\{result="canceled"\} 1\n/);
  assert.doesNotMatch(server.logText(), /internal error/);
});

Deno.test("a body above the cap is refused by what it says, and its client gets the answer and keeps its connection", async () => {
  await using server = await startReviewServer();
  const { socket, received } = hold(server, 70_001);
  socket.write(" ".repeat(70_000));
  await waitFor("the refusal", () => /^HTTP\/1\.1 413 [^]*\r\n\r\n\{"error"/.test(received()));
  socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await waitFor("the next answer", () => received().includes("HTTP/1.1 200 "));
  socket.destroy();
});

Deno.test("what clients repeat is logged a hundred times, and then counted", async () => {
  await using server = await startReviewServer();
  for (let i = 0; i < 130; i++) await server.review("k8s-ack-v2.@");
  const lines = () => server.log().filter(({ reason }) => reason === "malformed");
  assert.equal(lines().length, 100);
});
