/**
 * `aws-iam-authenticator server` as a process: the peer's own judge of tokens, on loopback.
 *
 * @module
 */

import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { freePort } from "../../support/free_port.ts";
import { startProcess } from "../../support/process.ts";
import { postReview, type ReviewStatus } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";
import { peerBinary } from "./clients.ts";

/** How to run it. */
export interface PeerServerOptions {
  readonly clusterId: string;
  /** Mappings as they stand under `server:`. */
  readonly mappings: string;
  /** PEM file of the root to trust for STS. */
  readonly stsCaFile: string;
}

/** A peer that listens; `await using` stops it and removes its folder. */
export interface PeerServer extends AsyncDisposable {
  review(token: string): Promise<ReviewStatus>;
}

/** Starts the peer and waits until it listens. */
export async function startPeerServer({ clusterId, mappings, stsCaFile }: PeerServerOptions): Promise<PeerServer> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "peer-server-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  // The certificate that the peer would make itself is its own CA, which Deno does not take for a server's.
  const { caPem, certPem, keyPem } = await makeLoopbackCertificate(["localhost"]);
  await Promise.all(
    Object.entries({
      "ca.pem": caPem,
      "cert.pem": certPem,
      "key.pem": keyPem,
      "config.yaml": `clusterID: ${clusterId}\nserver:\n${mappings.replace(/^/gm, "  ")}\n`,
    }).map(([name, text]) => Deno.writeTextFile(`${folder}/${name}`, text)),
  );
  const port = freePort();
  const process = starting.use(startProcess(peerBinary(), {
    args: [
      "server",
      ...["--config", `${folder}/config.yaml`, "--state-dir", folder, "--port", String(port)],
      ...["--generate-kubeconfig", `${folder}/kubeconfig.yaml`],
    ],
    clearEnv: true,
    // Without a region it would look for one on the network, for seconds.
    env: { SSL_CERT_FILE: stsCaFile, AWS_REGION: "us-east-1" },
  }));
  await waitFor("aws-iam-authenticator to listen", () => {
    if (process.hasEnded()) throw new Error(`Cannot start aws-iam-authenticator: ${process.stderr()}`);
    return process.stderr().includes("Starting the h.ec2Provider");
  });
  const running = starting.move();
  return {
    review: (token) => postReview(token, { url: `https://127.0.0.1:${port}`, caFile: `${folder}/ca.pem` }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
