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

/** What every run of it shares. */
export interface PeerOptions {
  readonly clusterId: string;
  /** PEM file of the root to trust for STS. */
  readonly stsCaFile: string;
}

/** How to run it. */
export interface PeerServerOptions extends PeerOptions {
  /** Mappings as they stand under `server:`. */
  readonly mappings: string;
}

/** A peer that listens; `await using` stops it. */
export interface PeerServer extends AsyncDisposable {
  review(token: string): Promise<ReviewStatus>;
  /** Everything that it logged so far. */
  log(): string;
}

/** The peer, ready to be started again and again; `await using` removes its folder. */
export interface Peer extends AsyncDisposable {
  /** Starts it with these mappings and waits until it listens; `undefined` where it ends with a complaint of them. */
  start(mappings: string, args?: readonly string[]): Promise<PeerServer | undefined>;
  /** What it complained of last. */
  complaint(): string;
}

/** Prepares the folder and the certificate. */
export async function preparePeer({ clusterId, stsCaFile }: PeerOptions): Promise<Peer> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "peer-server-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  // The certificate that the peer would make itself is its own CA, which Deno does not take for a server's.
  const { caPem, certPem, keyPem } = await makeLoopbackCertificate(["localhost"]);
  const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  await Promise.all([write("cert.pem", certPem), write("key.pem", keyPem)]);
  const client = starting.adopt(Deno.createHttpClient({ caCerts: [caPem] }), (client) => client.close());
  const prepared = starting.move();
  let complaint = "";
  return {
    async start(mappings, args = []) {
      await write("config.yaml", `clusterID: ${clusterId}\nserver:\n${mappings.replace(/^/gm, "  ")}\n`);
      const port = freePort();
      const process = startProcess(peerBinary(), {
        args: [
          "server",
          ...["--config", `${folder}/config.yaml`, "--state-dir", folder, "--port", String(port)],
          ...["--generate-kubeconfig", `${folder}/kubeconfig.yaml`, ...args],
        ],
        clearEnv: true,
        // Without these it would look for a region on the network, for seconds.
        env: { SSL_CERT_FILE: stsCaFile, AWS_REGION: "us-east-1", AWS_EC2_METADATA_DISABLED: "true" },
      });
      const listens = () => process.stderr().includes("Starting the h.ec2Provider");
      await waitFor("aws-iam-authenticator to listen", () => process.hasEnded() || listens());
      if (!listens()) {
        complaint = process.stderr();
        await process.stop("SIGKILL");
        return undefined;
      }
      const url = `https://127.0.0.1:${port}`;
      return {
        review: (token) => postReview(token, { url, client }),
        log: () => process.stderr(),
        [Symbol.asyncDispose]: async () => void await process.stop("SIGKILL"),
      };
    },
    complaint: () => complaint,
    [Symbol.asyncDispose]: () => prepared.disposeAsync(),
  };
}

/** Starts the peer and waits until it listens; `await using` stops it and removes its folder. */
export async function startPeerServer({ mappings, ...options }: PeerServerOptions): Promise<PeerServer> {
  await using starting = new AsyncDisposableStack();
  const peer = starting.use(await preparePeer(options));
  const server = await peer.start(mappings);
  if (server === undefined) throw new Error(`Cannot start aws-iam-authenticator: ${peer.complaint()}`);
  starting.use(server);
  const running = starting.move();
  return { ...server, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
