import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { answer, type ServerSide, startScript } from "../review/https/scripted_server.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { mintedToken } from "../support/minted_token.ts";
import { type ReviewServer, startReviewServer } from "../support/review_server.ts";

const { alice, bob } = DEMO_PRINCIPALS;

/** What kube-apiserver's own tries leave time for is five seconds; a machine of tests may be twice as slow. */
const BUDGET_MS = 10_000;

const GOOD = answer(JSON.stringify({ ...alice.identity, RequestId: "0" }));

/** What STS does with a request in the place of an answer. */
type Fault = (side: ServerSide) => Promise<void>;

const json = (status: string, body: unknown, headers = ""): string =>
  answer(JSON.stringify(body), headers).replace("200 OK", status);

const FAULTS: ReadonlyArray<readonly [what: string, status: number, fault: Fault]> = [
  ["hangs", 504, (side) => side.closed()],
  ["drips", 504, async (side) => {
    for (const byte of GOOD) {
      await side.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }],
  ["resets its connections", 504, (side) => Promise.resolve(side.close())],
  ["answers 500", 504, (side) => side.send(json("500 Oops", { Code: "InternalError", RequestId: "0" }))],
  ["throttles", 429, (side) => side.send(json("429 Slower", { Code: "Throttling.User", RequestId: "0" }))],
  ["redirects", 504, (side) => side.send(json("302 Found", {}, "location: https://127.0.0.1:1/\r\n"))],
  ["answers garbage", 504, (side) => side.send("\u0000\u0001 garbage\r\n\r\n")],
  ["answers 10 MB", 504, (side) => side.send(answer("x".repeat(10_000_000)))],
];

/** Tokens of one person, each with a date of its own. */
function tokens(server: ReviewServer, keys = alice) {
  let secondsAgo = 0;
  return () =>
    mintedToken(keys, {
      clusterId: server.clusterId,
      now: new Date(server.now().getTime() - 1_000 * secondsAgo++),
    });
}

async function timed<T>(work: Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work;
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs < BUDGET_MS, `it took ${tookMs} ms`);
  return result;
}

for (const [what, status, fault] of FAULTS) {
  Deno.test(`while STS ${what}: an outage in time, known tokens get in, and all is well after it`, async () => {
    let now: Fault = (side) => side.send(GOOD);
    await using server = await startReviewServer({
      cacheTtlMs: 60_000,
      stsServer: (pair) => {
        const script = startScript(async (side) => {
          while (await side.request() !== undefined) await now(side);
        }, pair);
        const { requests } = script;
        return {
          host: script.host,
          calls: () => requests.length,
          shutdown: async () => await script[Symbol.asyncDispose](),
        };
      },
    });
    const next = tokens(server);
    const known = await next();
    const isAllowed = async (token: string) => (await server.review(token)).body.status?.user?.username === "alice";
    assert.ok(await isAllowed(known));

    now = fault;
    // All at once, so that what takes its whole time does so once; six, so that the breaker opens where it should.
    const answers = await Promise.all(Array.from({ length: 6 }, async () => await timed(server.review(await next()))));
    assert.deepEqual(answers.map((each) => each.status), answers.map(() => status));
    assert.ok(await timed(isAllowed(known)));
    assert.equal((await timed(server.review(await next()))).status, status);

    now = (side) => side.send(GOOD);
    server.advance(1_000);
    assert.ok(await timed(isAllowed(await next())));
    assert.ok(await timed(isAllowed(await next())));
  });
}

Deno.test("an STS that cannot be reached is found out once, said to be so, and asked again each second", async () => {
  let isUp = true;
  await using server = await startReviewServer({
    stsServer: (pair) => {
      const script = startScript(async (side) => {
        while (await side.request() !== undefined) isUp ? await side.send(GOOD) : side.close();
      }, pair);
      return {
        host: script.host,
        calls: () => script.requests.length,
        shutdown: async () => await script[Symbol.asyncDispose](),
      };
    },
  });
  const next = tokens(server);
  const statusOfNext = async () => (await server.review(await next())).status;
  assert.equal(await statusOfNext(), 200);
  isUp = false;
  for (let i = 0; i < 5; i++) assert.equal(await statusOfNext(), 504);
  const calls = server.stsCalls();
  for (let i = 0; i < 20; i++) assert.equal(await statusOfNext(), 504);
  assert.equal(server.stsCalls(), calls);
  const ready = async () => await (await fetch(`${server.healthUrl}/readyz?verbose`)).text();
  assert.match(await ready(), /^\[\+\] STS host 127\.0\.0\.1:\d+: does not answer; asked again each second$/m);
  assert.match(await server.metrics(), /\nram_auth_sts_hosts_open 1\n/);
  assert.match(
    server.logText(),
    /"host":"127\.0\.0\.1:\d+","why":"it closed the connection .*","message":"STS host does not answer"/,
  );

  isUp = true;
  server.advance(1_000);
  assert.equal(await statusOfNext(), 200);
  assert.doesNotMatch(await ready(), /does not answer/);
  assert.match(server.logText(), /"message":"STS host answers again"/);
});

Deno.test("an STS with a wrong certificate is an outage, and the log says that it is the certificate", async () => {
  const other = await makeLoopbackCertificate();
  await using server = await startReviewServer({
    stsServer: () => {
      const script = startScript((side) => side.closed(), other);
      return { host: script.host, calls: () => 0, shutdown: async () => await script[Symbol.asyncDispose]() };
    },
  });
  const answer = await timed(server.review(await tokens(server, bob)()));
  assert.equal(answer.status, 504);
  assert.match(String(server.lineOf(answer)["why"]), /no TLS connection: invalid peer certificate/);
});
