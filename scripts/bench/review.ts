/**
 * What a review costs the server: TokenReviews of one token, which the server does not remember, and an STS that
 * answers at once, against a server that only says hello. Client, STS and server share one process, so only the ratio
 * means anything.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { makeLoopbackCertificate } from "../../tests/emulator/loopback_certificate.ts";
import { mintedToken } from "../../tests/support/minted_token.ts";
import { startReviewServer } from "../../tests/support/review_server.ts";
import { median, row } from "./table.ts";

/** Requests in flight, as the other tools' figures have it. */
const IN_FLIGHT = 16;

/** Requests of one round. */
const REQUESTS = 1_000;

/** Rounds of each kind that count, after one that only warms up. */
const ROUNDS = 5;

/** Measures, and returns rows to print. */
export async function benchReview(): Promise<string> {
  const { alice } = DEMO_PRINCIPALS;
  const identity = JSON.stringify({ ...alice.identity, RequestId: "0" });
  const headers = { "content-type": "application/json" };
  await using server = await startReviewServer({ sts: () => new Response(identity, { headers }) });
  const pair = await makeLoopbackCertificate();
  await using hello = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: pair.certPem, key: pair.keyPem, onListen: () => {} },
    async (request) => {
      await request.text();
      return new Response("{}", { headers });
    },
  );
  using client = Deno.createHttpClient({ caCerts: [pair.caPem] });
  const helloUrl = `https://127.0.0.1:${hello.addr.port}/`;
  const token = await mintedToken(alice, { clusterId: server.clusterId, now: server.now() });

  const review = async () => {
    const { body } = await server.review(token);
    if (body.status?.authenticated !== true) throw new Error(`Cannot measure: ${JSON.stringify(body)}`);
  };
  const greet = async () => void await (await fetch(helloUrl, { method: "POST", body: token, client })).text();
  await perSecond(review);
  await perSecond(greet);
  const rounds: (readonly [number, number])[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push([await perSecond(greet), await perSecond(review)]);
  return row("hello over TLS", `${median(rounds.map(([a]) => a)).toFixed(0)} a second`) +
    row("review with an STS call", `${median(rounds.map(([, b]) => b)).toFixed(0)} a second`) +
    row("cost of a review in hellos", median(rounds.map(([a, b]) => a / b)).toFixed(2));
}

async function perSecond(request: () => Promise<void>): Promise<number> {
  const started = performance.now();
  let left = REQUESTS;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (left-- > 0) await request();
  }));
  return REQUESTS / ((performance.now() - started) / 1_000);
}
