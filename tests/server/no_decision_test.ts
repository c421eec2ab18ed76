import assert from "node:assert/strict";
import { connect } from "node:tls";
import { alibaba } from "../../lib/clouds/alibaba/cloud.ts";
import { type StsCall, StsFault, StsThrottled } from "../../lib/clouds/cloud.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { PrivateDnsNamesUnavailable } from "../../lib/mapping/instances/private_dns_names.ts";
import { createDenyList } from "../../lib/mapping/deny/list.ts";
import { createScrubber } from "../../lib/mapping/scrub.ts";
import { MappingsNotReady } from "../../lib/mapping/source.ts";
import { authenticate } from "../../lib/server/authenticate.ts";
import { createBodies } from "../../lib/server/bodies.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { NO_SPANS } from "../../lib/telemetry/spans.ts";
import { realWorld } from "../../lib/world.ts";
import { user } from "../mapping/support.ts";
import { type Keys, mintedToken } from "../support/minted_token.ts";
import { type ReviewAnswer, startReviewServer } from "../support/review_server.ts";

/** Ends a test that would wait for ever: twelve times what the server waits for a body. */
const LIMIT_MS = 60_000;

const REVIEW = JSON.stringify({
  apiVersion: "authentication.k8s.io/v1",
  kind: "TokenReview",
  spec: { token: "k8s-ack-v2.made-up" },
});

/** What becomes of a review whose mapping fails so. */
async function answerTo(failure: Error) {
  let log = "";
  const stderr = { isTerminal: false, write: (text: string) => void (log += text) };
  const metrics = createMetrics();
  const capturing = createLog({ ...realWorld(), stderr }, { format: "json", level: "debug" });
  const response = await authenticate(
    new Request("https://localhost/authenticate", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: REVIEW,
    }),
    "request-1",
    {
      verifier: {
        clusterId: "c1",
        clouds: [{ cloud: alibaba, reader: { endpoint: "made up", usualHosts: [], read: () => ({}) as StsCall } }],
        decisions: { identify: () => Promise.resolve(user("alice")), drop() {}, size: 0 },
        deny: createDenyList(),
        maxTokenAgeMs: () => 900_000,
        mapping: { map: () => Promise.reject(failure) },
        now: () => new Date(),
        spans: NO_SPANS,
      },
      scrubber: createScrubber(() => []),
      bodies: createBodies(),
      log: capturing,
      cappedLog: capturing,
      audit: () => {},
      metrics,
    },
  );
  const text = await response.text();
  const [, result] = /latency_seconds_count\{result="(\w+)"\} 1/.exec((await metrics.expose()).text) ?? [];
  return { status: response.status, body: JSON.parse(text), result, line: JSON.parse(log) };
}

for (
  const [what, failure, status, error, result, reason] of [
    [
      "mappings that are not read yet",
      new MappingsNotReady("made up"),
      503,
      "the mappings are not read yet",
      "internal_error",
      "ERR_MAPPINGS_NOT_READY",
    ],
    [
      "an EC2 that cannot be asked",
      new PrivateDnsNamesUnavailable("made up"),
      504,
      new PrivateDnsNamesUnavailable("").publicMessage,
      "internal_error",
      new PrivateDnsNamesUnavailable("").code,
    ],
    ["an STS that cannot be asked", new StsFault("made up"), 504, "STS cannot be asked", "sts_error", "ERR_STS_FAULT"],
    [
      "an STS that throttles",
      new StsThrottled("made up"),
      429,
      "STS is throttling this server",
      "sts_throttling",
      "ERR_STS_THROTTLED",
    ],
    ["a mistake of ours", new TypeError("made up"), 500, "internal error", "internal_error", "internal_error"],
  ] as const
) {
  Deno.test(`${what}: ${status}, no decision, and only the log says why`, async () => {
    const answer = await answerTo(failure);
    assert.deepEqual(answer.body, { error, requestId: "request-1" });
    assert.deepEqual([answer.status, answer.result], [status, result]);
    assert.deepEqual([answer.line.reason, answer.line.why], [reason, "made up"]);
  });
}

Deno.test("more logins than STS is asked about get a 429, are logged and counted, and nobody else suffers", async () => {
  await using server = await startReviewServer({ stsRates: { server: 1_000, key: 1 } });
  const tokenOf = (keys: Keys, secondsAgo: number) =>
    mintedToken(keys, {
      clusterId: server.clusterId,
      now: new Date(server.now().getTime() - secondsAgo * 1_000),
    });
  const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
  const answers: ReviewAnswer[] = [];
  for (let second = 0; second < 5; second++) answers.push(await server.review(await tokenOf(alice, second)));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 429, 429, 429]);
  assert.equal(answers[2]!.body.error, "too many logins; try again in a moment");
  assert.equal(server.lineOf(answers[2]!)["reason"], "ERR_RATE_LIMITED");
  assert.match(await server.metrics(), /_count\{result="rate_limited"\} 3\n/);
  assert.equal((await server.review(await tokenOf(kubernetesAdmin, 0))).body.status?.authenticated, true);
  assert.equal(server.stsCalls(), 3);
});

/** What the server answers to a request whose body never comes to its end. */
function answerToHalf(line: string, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  const limit = setTimeout(() => {
    socket.destroy();
    reject(new Error(`"${line}" is not answered within ${LIMIT_MS} ms`));
  }, LIMIT_MS);
  socket.setEncoding("utf8").on("error", reject).on("data", (text: string) => {
    clearTimeout(limit);
    socket.destroy();
    resolve(text.slice(0, text.indexOf("\r\n")));
  });
  socket.write(`${line} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{`);
  return promise;
}

Deno.test("a body that does not come to its end is given up, of a review and of any other request", async () => {
  await using server = await startReviewServer();
  const port = Number(new URL(server.url).port);
  const answers = await Promise.all([
    answerToHalf("POST /authenticate", port),
    answerToHalf("POST /nowhere", port),
  ]);
  assert.deepEqual(answers.map((text) => text.split(" ")[1]), ["408", "404"]);
});
