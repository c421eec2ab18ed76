/**
 * What is left of the server without a review: the listener, one call to STS for each token, and an answer of one size.
 * The floor of what a review can cost on this runtime, in time and in memory.
 *
 * Arguments: folder of the certificate, port, PEM file with the CA of STS.
 *
 * @module
 */

import { createHttpsClient } from "../../../lib/review/https/client.ts";
import { Secret } from "../../../lib/secret.ts";
import { listenTls } from "../../../lib/server/listener.ts";
import { realWorld } from "../../../lib/world.ts";
import { CLUSTER_ID } from "./people.ts";

const [folder, port, stsCaFile] = Deno.args as [string, string, string];
const https = createHttpsClient(realWorld(), { caCerts: [await Deno.readTextFile(stsCaFile)] });

/** As long as that of a usual login. */
const ANSWER = JSON.stringify({
  apiVersion: "authentication.k8s.io/v1",
  kind: "TokenReview",
  status: { authenticated: true, user: { username: "bare", groups: Array(60).fill("a-group") } },
});

listenTls({
  hostname: "127.0.0.1",
  port: Number(port),
  certPem: await Deno.readTextFile(`${folder}/cert.pem`),
  keyPem: new Secret(await Deno.readTextFile(`${folder}/key.pem`)),
}, async (request) => {
  const { spec: { token } } = await request.json();
  const url = atob(token.slice(token.indexOf(".") + 1).replaceAll("-", "+").replaceAll("_", "/"));
  const [, host, target] = /^https:\/\/([^/]*)(.*)$/.exec(url)!;
  const headers = { "x-k8s-aws-id": CLUSTER_ID, accept: "application/json" };
  const signal = new AbortController().signal;
  const limits = { maxBodyBytes: 65_536, signal };
  const { status } = await https.exchange({ host: host!, method: "GET", target: target!, headers }, limits);
  return new Response(ANSWER, { status, headers: { "content-type": "application/json" } });
});
realWorld().stderr.write("listening\n");
