/**
 * What is left of the server without a review: TLS in front of Deno.serve on a unix socket, one call to STS for each
 * token, and an answer of one size. The floor of what a review can cost on this runtime, in time and in memory.
 *
 * Arguments: folder of the certificate, port, PEM file with the CA of STS.
 *
 * @module
 */

import { createHttpsClient } from "../../../lib/review/https/client.ts";
import { realWorld } from "../../../lib/world.ts";
import { CLUSTER_ID } from "./people.ts";

const [folder, port, stsCaFile] = Deno.args as [string, string, string];
const https = createHttpsClient(realWorld(), { caCerts: [await Deno.readTextFile(stsCaFile)] });
const signal = new AbortController().signal;

/** As long as that of a usual login. */
const ANSWER = JSON.stringify({
  apiVersion: "authentication.k8s.io/v1",
  kind: "TokenReview",
  status: { authenticated: true, user: { username: "bare", groups: Array(50).fill("a-group") } },
});

const path = `${folder}/socket`;
Deno.serve({ path, onListen: () => {} }, async (request) => {
  const { spec: { token } } = await request.json();
  const url = atob(token.slice(token.indexOf(".") + 1).replaceAll("-", "+").replaceAll("_", "/"));
  const [, host, target] = /^https:\/\/([^/]*)(.*)$/.exec(url)!;
  const headers = { "x-k8s-aws-id": CLUSTER_ID, accept: "application/json" };
  const call = { host: host!, method: "GET", target: target!, headers } as const;
  const { status } = await https.exchange(call, { maxBodyBytes: 65_536, signal });
  return new Response(ANSWER, { status, headers: { "content-type": "application/json" } });
});

const listener = Deno.listenTls({
  hostname: "127.0.0.1",
  port: Number(port),
  cert: await Deno.readTextFile(`${folder}/cert.pem`),
  key: await Deno.readTextFile(`${folder}/key.pem`),
  alpnProtocols: ["h2", "http/1.1"],
});
realWorld().stderr.write("listening\n");
for await (const client of listener) pass(client).catch(() => {});

/** Passes bytes both ways until one side has enough. */
async function pass(client: Deno.TlsConn): Promise<void> {
  using _client = client;
  using server = await Deno.connect({ transport: "unix", path });
  await Promise.all([copy(client, server), copy(server, client)]);
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(32_768);
  for (let length = await from.read(buffer); length !== null; length = await from.read(buffer)) {
    for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
  }
  await to.closeWrite();
}
