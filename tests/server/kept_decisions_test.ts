import assert from "node:assert/strict";
import http2 from "node:http2";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../support/minted_token.ts";
import { startReviewServer } from "../support/review_server.ts";
import { waitFor } from "../support/wait_for.ts";

const { alice, bob } = DEMO_PRINCIPALS;
const JSON_TYPE = { "content-type": "application/json" };
const ANSWER = JSON.stringify({ ...alice.identity, RequestId: "0" });

Deno.test("a thousand reviews of one token at once are one call to STS, and all are answered", async () => {
  const release = Promise.withResolvers<void>();
  await using server = await startReviewServer({
    sts: async () => {
      await release.promise;
      return new Response(ANSWER, { headers: JSON_TYPE });
    },
  });
  const token = await mintedToken(alice, { clusterId: server.clusterId, now: server.now() });
  const review = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } });
  const sessions = Array.from({ length: 20 }, () => http2.connect(server.url, { rejectUnauthorized: false }));
  try {
    const answers = Array.from({ length: 1_000 }, async (_, i) => {
      const headers = { ":method": "POST", ":path": "/authenticate", ...JSON_TYPE };
      const stream = sessions[i % sessions.length]!.request(headers);
      stream.setEncoding("utf8").end(review);
      let text = "";
      for await (const piece of stream) text += piece;
      return JSON.parse(text).status.user.username as string;
    });
    await waitFor("all to wait", async () => /_saved_total\{by="shared"\} 999\n/.test(await server.metrics()));
    release.resolve();
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(["alice"]));
    assert.equal(server.stsCalls(), 1);
  } finally {
    release.resolve();
    for (const session of sessions) session.destroy();
  }
});

Deno.test("a caller who leaves takes nothing from those who wait for the same call", async () => {
  const release = Promise.withResolvers<void>();
  await using server = await startReviewServer({
    sts: async () => {
      await release.promise;
      return new Response(ANSWER, { headers: JSON_TYPE });
    },
  });
  try {
    const token = await mintedToken(alice, { clusterId: server.clusterId, now: server.now() });
    const review = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } });
    const leaving = new AbortController();
    const left = assert.rejects(server.post(review, { signal: leaving.signal }));
    await waitFor("the call", () => server.stsCalls() === 1);
    const stays = server.review(token);
    await waitFor("who shares it", async () => /_saved_total\{by="shared"\} 1\n/.test(await server.metrics()));
    leaving.abort();
    await left;
    release.resolve();
    assert.equal((await stays).body.status?.user?.username, "alice");
    assert.equal(server.stsCalls(), 1);
  } finally {
    release.resolve();
  }
});

Deno.test("who has just logged in gets in although STS is out of reach, for as long as decisions are kept", async () => {
  let isUp = true;
  await using server = await startReviewServer({ cacheTtlMs: 60_000, behave: () => isUp ? "normal" : "unavailable" });
  const options = { clusterId: server.clusterId, now: server.now() };
  const [known, unknown] = [await mintedToken(alice, options), await mintedToken(bob, options)];
  assert.equal((await server.review(known)).body.status?.user?.username, "alice");
  isUp = false;
  assert.equal((await server.review(unknown)).status, 504);
  assert.equal((await server.review(known)).body.status?.user?.username, "alice");
  assert.match(await server.metrics(), /\nram_auth_kept_decisions 1\n/);
  server.advance(60_000);
  assert.equal((await server.review(known)).status, 504);
});

Deno.test("a reload forgets what STS decided", async () => {
  await using server = await startReviewServer({ cacheTtlMs: 60_000 });
  const token = await mintedToken(alice, { clusterId: server.clusterId, now: server.now() });
  for (let i = 0; i < 2; i++) assert.equal((await server.review(token)).body.status?.authenticated, true);
  assert.equal(server.stsCalls(), 1);
  await server.replaceMappings(`mapUsers: [{userARN: "${alice.identity.Arn}", username: renamed}]`);
  assert.equal((await server.review(token)).body.status?.user?.username, "renamed");
  assert.equal(server.stsCalls(), 2);
});
