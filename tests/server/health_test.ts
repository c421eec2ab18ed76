import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { answerHealth } from "../../lib/server/health.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { mintedToken } from "../support/minted_token.ts";
import { type ReviewServer, startReviewServer } from "../support/review_server.ts";

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

async function ask(server: ReviewServer, base: string, path: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(`${base}${path}`, { ...init, client: server.client });
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") ?? "" };
}

const LISTENERS = [
  ["the TLS listener", ({ url }: ReviewServer) => url],
  ["the plain listener", ({ healthUrl }: ReviewServer) => healthUrl],
] as const;

for (const [listener, baseOf] of LISTENERS) {
  Deno.test(`${listener} answers for the server's health`, async () => {
    await using server = await startReviewServer();
    for (const path of ["/healthz", "/livez", "/readyz"]) {
      assert.deepEqual(
        await ask(server, baseOf(server), path),
        { status: 200, text: "ok\n", type: "text/plain; charset=utf-8" },
        path,
      );
      assert.equal((await ask(server, baseOf(server), path, { method: "HEAD" })).status, 200);
    }
  });

  Deno.test(`${listener} says in detail what is ready`, async () => {
    await using server = await startReviewServer();
    const { status, text } = await ask(server, baseOf(server), "/readyz?verbose");
    assert.equal(status, 200);
    assert.match(
      text,
      /^\[\+\] mapping MountedFile: 2 rules, loaded at 20[^\n]+Z\n\[\+\] open files: at \w+ \d+\n\[\+\] serving certificate: ends at 20[^\n]+Z\n\[\+\] webhook token: none is demanded\nok\n$/,
    );
  });

  Deno.test(`${listener} shows metrics in the text form of Prometheus`, async () => {
    await using server = await startReviewServer();
    const { status, text, type } = await ask(server, baseOf(server), "/metrics");
    assert.equal(status, 200);
    assert.match(type, /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^ram_auth_mapping_rules\{source="MountedFile"\} 2$/m);
  });

  Deno.test(`${listener} knows no other path, and no other method for these`, async () => {
    await using server = await startReviewServer();
    for (const path of ["/", "/health", "/healthz/", "/debug/pprof", "/metrics.json"]) {
      assert.equal((await ask(server, baseOf(server), path)).status, 404, path);
    }
    for (const path of ["/healthz", "/livez", "/readyz", "/metrics"]) {
      for (const method of ["POST", "PUT", "DELETE"]) {
        assert.equal((await ask(server, baseOf(server), path, { method, body: "x" })).status, 404, `${method} ${path}`);
      }
    }
  });
}

Deno.test("the plain listener reviews no token", async () => {
  await using server = await startReviewServer();
  const token = await mintedToken(DEMO_PRINCIPALS.alice, { ...server, now: server.now() });
  const { status, text } = await ask(server, server.healthUrl, "/authenticate", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
  });
  assert.equal(status, 404);
  assert.equal(JSON.parse(text).error, "no such path");
  assert.equal(server.stsCalls(), 0);
});

Deno.test("the metrics count each way that a review can end", async () => {
  let behaviour: "normal" | "throttle" | "unavailable" = "normal";
  await using server = await startReviewServer({ behave: () => behaviour });
  const token = (keys: typeof DEMO_PRINCIPALS["alice" | "bob"], secret: string = keys.accessKeySecret) =>
    mintedToken({ ...keys, accessKeySecret: secret }, { ...server, now: server.now() });
  await server.review(await token(DEMO_PRINCIPALS.alice));
  await server.review(await token(DEMO_PRINCIPALS.bob));
  await server.review(await token(DEMO_PRINCIPALS.alice, "MadeUpWrongSecret"));
  await server.review("k8s-ack-v2.@");
  await server.post("{");
  behaviour = "unavailable";
  await server.review(await token(DEMO_PRINCIPALS.alice));
  behaviour = "throttle";
  await server.review(await token(DEMO_PRINCIPALS.alice));

  const metrics = await server.metrics();
  const results = ["success", "unknown_user", "denied", "invalid_token", "malformed_request", "sts_error"];
  for (const result of [...results, "sts_throttling"]) {
    assert.ok(metrics.includes(`\nram_auth_authenticate_latency_seconds_count{result="${result}"} 1\n`), result);
  }
  for (
    const line of [
      'ram_auth_sts_responses_total{ResponseCode="200",StsRegion="custom"} 2',
      'ram_auth_sts_responses_total{ResponseCode="503",StsRegion="custom"} 1',
      'ram_auth_sts_responses_total{ResponseCode="400",StsRegion="custom"} 2',
      'ram_auth_sts_throttling_total{StsRegion="custom"} 1',
      'ram_auth_mapping_rules{source="MountedFile"} 2',
      'ram_auth_mapping_entries_invalid{source="MountedFile"} 0',
      "ram_auth_reload_failures_total 0",
    ]
  ) assert.ok(metrics.includes(`\n${line}\n`), `${line} is not in\n${metrics}`);
  const names = [
    "ram_auth_mapping_loaded_timestamp_seconds",
    "ram_auth_serving_certificate_expiry_timestamp_seconds",
    "ram_auth_sts_connection_failures_total",
    "ram_auth_build_info",
  ];
  for (const name of names) assert.ok(metrics.includes(`# TYPE ${name} `), name);
});

Deno.test("a server that stops is not ready, and lives", async () => {
  const health = { parts: [], isStopping: () => true, fault: () => undefined };
  const get = async (path: string) => {
    const response = await answerHealth(new URL(path, "http://localhost"), health, createMetrics());
    return `${response?.status} ${await response?.text()}`;
  };
  assert.equal(await get("/readyz"), "503 stopping\n");
  assert.equal(await get("/livez"), "200 ok\n");
});

Deno.test("a server that should be restarted says so wherever its life is asked for", async () => {
  const health = { parts: [], isStopping: () => false, fault: () => "its own review fails" };
  for (const path of ["/livez", "/healthz", "/readyz"]) {
    const response = await answerHealth(new URL(path, "http://localhost"), health, createMetrics());
    const [status, text] = path === "/readyz" ? [503, "broken\n"] : [500, "its own review fails\n"];
    assert.deepEqual([response?.status, await response?.text()], [status, text], path);
  }
});

Deno.test("an entry that is invalid is a warning, and the server is ready all the same", async () => {
  await using server = await startReviewServer({
    mappings: `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}
  - {userARN: "no arn at all", username: nobody}`,
  });
  assert.deepEqual(await ask(server, server.healthUrl, "/readyz"), {
    status: 200,
    text: "ok, with warnings\n",
    type: "text/plain; charset=utf-8",
  });
  const { status, text } = await ask(server, server.healthUrl, "/readyz?verbose");
  assert.equal(status, 200);
  assert.match(text, /^\[\+\] mapping MountedFile: 1 rules, /);
  assert.match(text, /\n\[!\] mapping MountedFile: 1 invalid entry, see the log\nok, with warnings\n$/);
  assert.match(await server.metrics(), /\nram_auth_mapping_entries_invalid\{source="MountedFile"\} 1\n/);
  await server.replaceMappings(`mapUsers: [{userARN: "acs:ram::1234567890123456:user/alice", username: alice}]`);
  assert.equal((await ask(server, server.healthUrl, "/readyz")).text, "ok\n");
});
