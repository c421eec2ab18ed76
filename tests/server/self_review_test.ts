import assert from "node:assert/strict";
import { listenTls } from "../../lib/server/door/door.ts";
import { createSelfReview } from "../../lib/server/self_review.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { Secret } from "../../lib/secret.ts";
import { peerPair, storePair } from "../state/stored_files.ts";
import { startReviewServer } from "../support/review_server.ts";
import { prepareSite, startServerProcess } from "../support/server_process.ts";
import { doorParts } from "../support/doors/test_door.ts";
import { waitFor } from "../support/wait_for.ts";

const REFUSAL = JSON.stringify({ kind: "TokenReview", status: { authenticated: false } });

const never = new AbortController().signal;

/** A server over TLS that answers whatever it is told to; and whether it was asked by what it took for itself. */
async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  test: (review: ReturnType<typeof createSelfReview>) => Promise<void>,
): Promise<void> {
  const { certPem, keyPem } = await makeLoopbackCertificate();
  using parts = doorParts();
  const listener = listenTls(
    { hostname: "127.0.0.1", port: 0, certPem, keyPem: new Secret(keyPem) },
    async (request) => await answer(request),
    parts,
  );
  try {
    await test(createSelfReview({ hostname: "0.0.0.0", port: () => listener.port, directly: undefined }));
  } finally {
    await listener.stop(0);
  }
}

Deno.test("a self-review is answered over TLS, and is known by what it carries", async () => {
  let own: boolean | undefined;
  let review: ReturnType<typeof createSelfReview>;
  await withServer((request) => {
    own = review.isOwn(request);
    return new Response(REFUSAL);
  }, async (made) => {
    review = made;
    await review.ask(never);
    assert.equal(own, true);
    assert.equal(review.isOwn(new Request("https://localhost/authenticate")), false);
    const other = createSelfReview({ hostname: "127.0.0.1", port: () => 0, directly: undefined });
    await assert.rejects(other.ask(never), /no answer/);
  });
});

for (
  const [what, answer] of [
    ["an internal error", () => new Response(REFUSAL, { status: 500 })],
    ["no refusal", () => new Response(REFUSAL.replace("false", "true"))],
    ["an answer without an end", () => new Response("x".repeat(1_000_000))],
  ] as const
) {
  Deno.test(`a self-review fails of ${what}`, async () => {
    await withServer(answer, async (review) => {
      await assert.rejects(review.ask(never), /answered with 500|answered with 200|no end/);
    });
  });
}

Deno.test("a self-review that is not answered ends with its signal", async () => {
  const asked = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Response>();
  await withServer(() => {
    asked.resolve();
    return end.promise;
  }, async (review) => {
    const stopping = new AbortController();
    const asking = review.ask(stopping.signal);
    await asked.promise;
    stopping.abort();
    await assert.rejects(asking, /it took too long/);
    await assert.rejects(review.ask(stopping.signal), /it took too long/);
    end.resolve(new Response());
  });
});

Deno.test("a self-review past a shared port asks the handler", async () => {
  const answers = [new Response(REFUSAL), new Response("{}", { status: 500 })];
  const review = createSelfReview({
    hostname: "127.0.0.1",
    port: () => 0,
    directly: () => Promise.resolve(answers.shift()!),
  });
  await review.ask(never);
  await assert.rejects(review.ask(never), /answered with 500/);
});

Deno.test("what passes for a self-review without being one is counted", async () => {
  await using server = await startReviewServer();
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "x" } });
  await server.post(body, { headers: { "content-type": "application/json", "ram-auth-self-review": "guessed" } });
  assert.match(await server.metrics(), /^ram_auth_authenticate_latency_seconds_count\{result="invalid_token"\} 1$/m);
});

Deno.test("ram-auth server reviews itself, with the pair of another tool too, and counts none of that", async () => {
  await using site = await prepareSite("mapUsers: []");
  await Deno.mkdir(`${site.folder}/state`, { mode: 0o700 });
  await storePair(`${site.folder}/state`, await peerPair());
  await using server = await startServerProcess(["-c", site.configFile, "-l", "json", "-v", "debug"], site);
  await waitFor("a review", () => server.stderr().includes("token is not ours"));
  const get = async (path: string) => await (await fetch(`${site.healthUrl}${path}`)).text();
  assert.doesNotMatch(await get("/metrics"), /^ram_auth_authenticate_latency_seconds_count/m);
  assert.equal(await get("/livez"), "ok\n");
  assert.doesNotMatch(server.stderr(), /own review failed/);
});
