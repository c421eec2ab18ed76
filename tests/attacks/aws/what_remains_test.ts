import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import { DEMO_AWS_MAPPINGS } from "../../support/review_server.ts";
import { assertAllowed, assertStsRefuses, optionsFor, startAwsServer } from "./deny.ts";
import { session } from "./sessions.ts";

const { dave, root } = DEMO_AWS_PRINCIPALS;
const MINUTE = 60_000;

Deno.test("T-22: no decision outlives its token, its mapping or its time", async () => {
  await using server = await startAwsServer({ cacheTtlMs: 60_000 });
  const token = awsToken(dave, optionsFor(server));
  await assertAllowed(server, token);
  server.advance(MINUTE - 1);
  await assertAllowed(server, token);
  assert.equal(server.stsCalls(), 1);
  server.advance(1);
  await assertAllowed(server, token);
  assert.equal(server.stsCalls(), 2);
  await server.replaceMappings("mapAccounts: []");
  const { body } = await server.review(token);
  assert.equal(body.status?.authenticated, false);
  server.advance(13.5 * MINUTE);
  await server.replaceMappings(DEMO_AWS_MAPPINGS);
  await assertAllowed(server, token);
  server.advance(MINUTE / 2 + 1);
  const late = await server.review(token);
  assert.equal(late.body.status?.authenticated, false);
  assert.equal(server.lineOf(late)["reason"], "expired");
});

Deno.test("T-22: no decision outlives its keys", async () => {
  const ends = { ...session("ClusterAdmin", "dave"), expiration: new Date(Date.now() + 5 * MINUTE) };
  await using server = await startAwsServer({ principals: [ends] });
  const token = awsToken(ends, optionsFor(server));
  await assertAllowed(server, token, "admin:dave");
  server.advance(6 * MINUTE);
  await assertStsRefuses(server, token);
});

Deno.test("T-21: nothing that any review writes holds a token, a signature, a security token or a secret", async () => {
  let mood: "normal" | "throttle" | "unavailable" = "normal";
  await using server = await startAwsServer({ behave: () => mood });
  const options = optionsFor(server);
  const people = Object.values(DEMO_AWS_PRINCIPALS);
  const [first = "", ...rest] = people.map((keys) => awsToken(keys, options));
  const ofAdmin = awsToken(DEMO_AWS_PRINCIPALS.clusterAdmin, options);
  const forged = awsToken({ ...root, accessKeySecret: "MadeUpWrongSecret" }, options);
  const other = awsToken(dave, { ...options, clusterId: "c-other" });
  const stale = awsToken(dave, { ...options, now: new Date(options.now.getTime() - 60 * MINUTE) });
  const elsewhere = awsToken(dave, { ...options, host: "sts.evil.example" });
  const spoiled = first.slice(0, -40) + first.slice(-36);
  for (
    const token of [
      first,
      ...rest,
      forged,
      other,
      stale,
      elsewhere,
      spoiled,
      first.slice(11),
      `${first}\n`,
      first + first,
    ]
  ) {
    await server.review(token);
  }
  for (mood of ["unavailable", "throttle"] as const) await server.review(ofAdmin);
  for (const token of [first, ofAdmin]) {
    await server.post(`{"kind": "TokenReview", "spec": {"token": "${token}"`);
    await server.post(`{"apiVersion": "${token}", "kind": "${token}", "spec": {"token": 1}}`);
    await server.post(token, { headers: { "content-type": "text/plain" } });
  }
  const reasons = new Set(server.log().map((line) => line["reason"]).filter((reason) => reason !== undefined));
  assert.deepEqual(
    [...reasons].sort(),
    [
      ...["ERR_STS_FAULT", "ERR_STS_THROTTLED", "ERR_TOKEN_REVIEW", "allowed", "expired", "malformed", "not_mapped"],
      ...["not_ours", "sts_denied", "wrong_host"],
    ].sort(),
  );
});
