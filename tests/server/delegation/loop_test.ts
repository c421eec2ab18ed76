import assert from "node:assert/strict";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { createBodies } from "../../../lib/server/bodies.ts";
import { wasDelegated } from "../../../lib/server/delegation/hop.ts";
import { reviewHandler } from "../../../lib/server/routes.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { NO_SPANS } from "../../../lib/telemetry/spans.ts";
import { realWorld } from "../../../lib/world.ts";
import { type ReviewServer, startReviewServer } from "../../support/review_server.ts";
import { writeWebhookKubeconfig } from "../../support/stand_ins/other_webhook.ts";
import { waitFor } from "../../support/wait_for.ts";

const TOKEN = "made-up-token-of-nobody";

/** How many reviews a server answered that were none of ours. */
function strangers(server: ReviewServer): number {
  return server.log().filter(({ message }) => message === "token is not ours").length;
}

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "delegate-loop-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function leads(path: string, { url, caPem }: ReviewServer): Promise<void> {
  await writeWebhookKubeconfig(path, { url: `${url}/authenticate`, caPem });
}

async function isTakenUp(server: ReviewServer): Promise<void> {
  await waitFor("the kubeconfig", () => server.logText().includes('"message":"kubeconfig in force"'));
}

Deno.test("two servers that delegate to each other end at the first hop", async () => {
  await using dir = await folder();
  const [toB, toA] = [`${dir.path}/b`, `${dir.path}/a`];
  await using a = await startReviewServer({ delegate: toB });
  await using b = await startReviewServer({ delegate: toA });
  await leads(toB, b);
  await leads(toA, a);
  await isTakenUp(a);
  await isTakenUp(b);
  const answer = await a.review(TOKEN);
  assert.deepEqual(answer.body.status, { authenticated: false });
  assert.equal(a.lineOf(answer)["reason"], "delegate_denied");
  assert.deepEqual([strangers(a), strangers(b)], [0, 1]);
  assert.deepEqual((await b.review(TOKEN)).body.status, { authenticated: false });
  assert.deepEqual([strangers(a), strangers(b)], [1, 1]);
});

Deno.test("a server that delegates to itself, and cannot tell, ends at the first hop", async () => {
  await using dir = await folder();
  await using server = await startReviewServer({ delegate: `${dir.path}/self` });
  await leads(`${dir.path}/self`, server);
  await isTakenUp(server);
  const answer = await server.review(TOKEN);
  assert.deepEqual(answer.body.status, { authenticated: false });
  assert.equal(strangers(server), 1);
});

Deno.test("a request that was passed on is known by its header, whatever that says", () => {
  const request = (headers: HeadersInit) => new Request("https://localhost/authenticate", { headers });
  assert.ok(wasDelegated(request({ "RAM-Auth-Delegated": "" })));
  assert.ok(wasDelegated(request({ "ram-auth-delegated": "0" })));
  assert.ok(!wasDelegated(request({})));
});

Deno.test("the server's own review is not passed on: it says whether this server lives", async () => {
  const log = createLog(realWorld(), { format: "json", level: "error", write: () => {} });
  let passedOn = 0;
  const isOwn = (request: Request) => request.headers.has("own");
  const answer = reviewHandler(
    {
      verifier: { clouds: [], spans: NO_SPANS } as never,
      bodies: createBodies(),
      scrubber: createScrubber(() => []),
      log,
      cappedLog: log,
      audit: () => {},
      metrics: createMetrics(),
      delegation: {
        review: () => {
          passedOn += 1;
          return Promise.resolve({ kind: "denied", credentialId: "", error: undefined });
        },
      } as never,
      callers: { refusalOf: () => undefined },
      isOwn,
      note: () => {},
    },
    () => Promise.resolve(new Response()),
  );
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: TOKEN } });
  const ask = (headers: HeadersInit) =>
    answer(
      new Request("https://localhost/authenticate", {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
      }),
    );
  assert.deepEqual((await (await ask({ own: "" })).json()).status, { authenticated: false });
  assert.equal(passedOn, 0);
  await (await ask({})).body?.cancel();
  assert.equal(passedOn, 1);
});
