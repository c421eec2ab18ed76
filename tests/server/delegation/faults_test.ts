import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { MAX_ANSWER_BYTES } from "../../../lib/server/delegation/answer.ts";
import { DELEGATE_DEADLINE_MS } from "../../../lib/server/delegation/client.ts";
import { answer, PAIR, type ServerSide, startScript } from "../../review/https/scripted_server.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { type ReviewServer, startReviewServer } from "../../support/review_server.ts";
import { writeWebhookKubeconfig } from "../../support/stand_ins/other_webhook.ts";

const { alice } = DEMO_PRINCIPALS;

/** What kube-apiserver's own tries leave time for is five seconds; a machine of tests may be twice as slow. */
const BUDGET_MS = 10_000;

const review = (status: unknown) =>
  JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status });
const GOOD = answer(review({ authenticated: true, user: { username: "grace" } }));

/** What the delegate does with a request in the place of an answer. */
type Fault = (side: ServerSide) => Promise<void>;

const status = (line: string, headers = "") => answer("{}", headers).replace("200 OK", line);

const FAULTS: ReadonlyArray<readonly [what: string, status: number, fault: Fault, why: RegExp]> = [
  ["hangs", 504, (side) => side.closed(), /no whole answer in time/],
  ["drips", 504, async (side) => {
    for (const byte of GOOD) {
      await side.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }, /no whole answer in time/],
  ["resets its connections", 504, (side) => Promise.resolve(side.close()), /closed the connection/],
  ["answers 500", 504, (side) => side.send(status("500 Oops")), /HTTP 500; see its log/],
  ["answers 429", 504, (side) => side.send(status("429 Slower", "retry-after: 60\r\n")), /HTTP 429/],
  ["answers 401", 503, (side) => side.send(status("401 Who")), /HTTP 401; check the credentials/],
  ["answers 403", 503, (side) => side.send(status("403 No")), /HTTP 403; check the credentials/],
  [
    "redirects",
    503,
    (side) => side.send(status("302 Found", "location: https://127.0.0.1:1/\r\n")),
    /it is HTTP 302, where only 200/,
  ],
  ["speaks no HTTP", 503, (side) => side.send("\u0000\u0001 garbage\r\n\r\n"), /status line is malformed/],
  ["answers garbage", 503, (side) => side.send(answer("{]")), /not strict JSON/],
  ["answers another kind", 503, (side) => side.send(answer('{"kind":"Status"}')), /kind and apiVersion are none of/],
  [
    "answers too much",
    503,
    (side) => side.send(answer(" ".repeat(MAX_ANSWER_BYTES + 1))),
    /larger than 262144 bytes/,
  ],
];

async function timed<T>(work: Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work;
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs < BUDGET_MS, `it took ${tookMs} ms`);
  return result;
}

/** A server that delegates to a script. */
async function delegating(script: (side: ServerSide) => Promise<void>) {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "delegate-faults-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const delegate = starting.use(startScript(script));
  const url = `https://${delegate.host}/review`;
  await writeWebhookKubeconfig(`${folder}/kubeconfig`, { url, caPem: PAIR.caPem });
  const server = starting.use(await startReviewServer({ delegate: `${folder}/kubeconfig` }));
  const running = starting.move();
  return { server, delegate, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The username, or the HTTP status of an outage. */
async function outcome(server: ReviewServer, token = "made-up-token-of-another-tool"): Promise<unknown> {
  const { status, body } = await timed(server.review(token));
  return status === 200 ? body.status?.user?.username : status;
}

for (const [what, want, fault, why] of FAULTS) {
  Deno.test(`while the delegate ${what}: an outage in time, our own people get in, and all is well after it`, async () => {
    let now: Fault = fault;
    await using setup = await delegating(async (side) => {
      while (await side.request() !== undefined) await now(side);
    });
    const { server } = setup;
    const token = await mintedToken(alice, { clusterId: server.clusterId, now: server.now() });
    // All at once, so that what takes its whole time does so once; six, so that the breaker opens where it should.
    const asked = Promise.all(Array.from({ length: 6 }, () => outcome(server)));
    const startedMs = performance.now();
    assert.equal(await outcome(server, token), "alice");
    assert.ok(performance.now() - startedMs < DELEGATE_DEADLINE_MS, "our own wait for the delegate");
    assert.deepEqual(await asked, Array.from({ length: 6 }, () => want));
    const records = server.audited().filter(({ event }) => event === "undecided");
    const reason = want === 504 ? "ERR_DELEGATE" : "ERR_DELEGATE_UNUSABLE";
    assert.deepEqual(records.map((record) => record.reason), records.map(() => reason));
    assert.ok(records.some((record) => why.test(String(record.why))), JSON.stringify(records));
    assert.match(await server.metrics(), /ram_auth_authenticate_latency_seconds_count\{result="delegate_error"\} 6\n/);

    now = (side) => side.send(GOOD);
    server.advance(1_000);
    assert.equal(await outcome(server), "grace");
    assert.equal(await outcome(server), "grace");
  });
}

Deno.test("a delegate that does not answer is found out once, said to be so, and asked again each second", async () => {
  let isUp = false;
  await using setup = await delegating(async (side) => {
    while (await side.request() !== undefined) isUp ? await side.send(GOOD) : side.close();
  });
  const { server, delegate } = setup;
  for (let i = 0; i < 5; i++) assert.equal(await outcome(server), 504);
  const calls = delegate.requests.length;
  for (let i = 0; i < 20; i++) assert.equal(await outcome(server), 504);
  assert.equal(delegate.requests.length, calls);
  const ready = async () => await (await fetch(`${server.healthUrl}/readyz?verbose`)).text();
  assert.match(await ready(), /^\[!\] delegate: 127\.0\.0\.1:\d+ does not answer; asked again each second$/m);
  assert.match(server.logText(), /"message":"delegate does not answer"/);
  isUp = true;
  server.advance(1_000);
  assert.equal(await outcome(server), "grace");
  assert.doesNotMatch(await ready(), /does not answer/);
  assert.match(server.logText(), /"message":"delegate answers again"/);
});

Deno.test("a delegate that answers slowly gets so many at once, and whoever comes then is told to wait", async () => {
  const { promise: all, resolve: letGo } = Promise.withResolvers<void>();
  let isWarm = false;
  await using setup = await delegating(async (side) => {
    while (await side.request() !== undefined) {
      if (isWarm) await all;
      await side.send(GOOD);
    }
  });
  const { server } = setup;
  assert.equal(await outcome(server), "grace");
  isWarm = true;
  const answers = Array.from({ length: 140 }, () => outcome(server));
  const busy = await Promise.any(answers.map(async (answer) => {
    assert.equal(await answer, 429);
    return true;
  }));
  assert.ok(busy);
  letGo();
  const counts = Object.groupBy(await Promise.all(answers), (answer) => String(answer));
  assert.equal(counts["429"]?.length, 12);
  assert.match(server.logText(), /"reason":"ERR_DELEGATE_BUSY"/);
});

Deno.test("a second answer on a kept connection is nobody's", async () => {
  await using setup = await delegating(async (side) => {
    while (await side.request() !== undefined) {
      await side.send(side.count === 1 ? GOOD + GOOD.replace("grace", "mallo") : GOOD);
    }
  });
  const { server } = setup;
  assert.deepEqual([await outcome(server), await outcome(server), await outcome(server)], ["grace", "grace", "grace"]);
});
