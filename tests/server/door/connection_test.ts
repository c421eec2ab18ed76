import assert from "node:assert/strict";
import { serveConnection } from "../../../lib/server/door/connection.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { createIssuer, doorParts, openTestDoor } from "../../support/doors/test_door.ts";
import { waitFor } from "../../support/wait_for.ts";

const GET = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");

for (const [hostname, inUrl] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]] as const) {
  for (const isTls of [false, true]) {
    Deno.test(`the handler is given the client's address, ${inUrl}${isTls ? ", over TLS" : ""}`, async () => {
      using parts = doorParts();
      const issuer = await createIssuer();
      using listener = Deno.listen({ hostname, port: 0 });
      const tcp = await Deno.connect({ hostname, port: listener.addr.port });
      const { port } = tcp.localAddr;
      const phases: string[] = [];
      const connection = serveConnection(await listener.accept(), {
        ...parts,
        handler: (_, client) => Promise.resolve(new Response(client)),
        pair: isTls ? await issuer.leaf("a.test") : undefined,
        nowMs: () => 0,
        onPhase: ({ phase }) => phases.push(phase),
        onFailure: (_, failure) => assert.fail(String(failure)),
      });
      using client = isTls ? await Deno.startTls(tcp, { hostname: "a.test", caCerts: [issuer.caPem] }) : tcp;
      await client.write(GET);
      const text = await new Response(client.readable).text();
      assert.equal(text.split("\r\n\r\n")[1], `${inUrl}:${port}`);
      await connection.ended;
      assert.deepEqual(phases.filter((phase) => phase !== "idle"), [
        ...(isTls ? ["handshake", "opening"] : []),
        "busy",
        "leaving",
        "over",
      ]);
    });
  }
}

Deno.test("every line about a review names the client's address, beside the request id", async () => {
  await using server = await startReviewServer();
  const token = await mintedToken(DEMO_PRINCIPALS.alice, { ...server, now: server.now() });
  const answers = [
    await server.review(token),
    await server.review("k8s-ack-v2.malformed"),
    await server.review("somebody else's"),
    await server.post("{"),
    await server.post("{}", { headers: { "content-type": "text/plain" } }),
  ];
  for (const answer of answers) assert.match(String(server.lineOf(answer)["client"]), /^127\.0\.0\.1:\d+$/);
});

Deno.test("a client that does not trust the certificate is reported, with what it says", async () => {
  await using door = await openTestDoor(() => Promise.resolve(new Response("answer")));
  const stranger = await createIssuer();
  await assert.rejects(async () => {
    using connection = await Deno.connectTls({ hostname: "127.0.0.1", port: door.port, caCerts: [stranger.caPem] });
    await connection.handshake();
  });
  await waitFor("the report", () => door.log().includes("handshake_failed"));
  assert.match(
    door.log(),
    /"reason":"handshake_failed","client":"127\.0\.0\.1:\d+","listener":"tls","why":"received fatal alert: \w+"/,
  );
});

Deno.test("a client that connects and goes, as a health check of a port does, is not reported", async () => {
  await using door = await openTestDoor(() => Promise.resolve(new Response("answer")));
  (await Deno.connect({ hostname: "127.0.0.1", port: door.port })).close();
  using tls = await Deno.connectTls({ hostname: "127.0.0.1", port: door.port, caCerts: [door.caPem] });
  await tls.handshake();
  tls.close();
  await waitFor("both to end", async () => await door.metric('ram_auth_connections_open{listener="tls"}') === 0);
  assert.equal(door.log(), "");
});
