/**
 * The servers that are measured, each a process of its own that logs to a file.
 *
 * @module
 */

import { makeLoopbackCertificate } from "../../../tests/emulator/loopback_certificate.ts";
import { freePort } from "../../../tests/support/free_port.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { SERVER_PERMISSIONS } from "../../permissions.ts";
import { SERVER_ENVIRONMENT } from "../../server_environment.ts";
import { elapsed } from "./clock.ts";
import { CLUSTER_ID, mappings } from "./people.ts";
import type { Sts } from "./sts.ts";

/** Which server: ours from source or compiled, the other tool's, or what is left of ours without a review. */
export type ServerKind = "source" | "binary" | "peer" | "bare";

/** How the tables call them. */
export const SERVER_NAMES: Readonly<Record<ServerKind, string>> = {
  source: "ram-auth, source",
  binary: "ram-auth, binary",
  peer: "aws-iam-authenticator",
  bare: "bare server",
};

const BARE_SERVER = new URL("bare_server.ts", import.meta.url).href;

/** A server that runs; `await using` kills it and removes its folder. */
export interface RunningServer extends AsyncDisposable {
  readonly kind: ServerKind;
  readonly pid: number;
  /** When its process was started, by `elapsed()`. */
  readonly startedMs: number;
  /** Where reviews are posted. */
  readonly url: string;
  readonly caFile: string;
  /** The webhook kubeconfig that it wrote; without one, who asks shows no token. */
  readonly webhookKubeconfig?: string | undefined;
  /** Base of health checks and metrics; only of ours. */
  readonly healthUrl: string | undefined;
  readonly folder: string;
  /** The file of its mappings' config. */
  readonly configFile: string;
  log(): Promise<string>;
  signal(signal: Deno.Signal): void;
  hasEnded(): boolean;
  /** Whether it takes reviews. */
  isReady(): Promise<boolean>;
  readonly status: Promise<Deno.CommandStatus>;
}

/** How to start a server otherwise than usually. */
export interface ServerOptions {
  /** What stands under `server:` of the config. Default: the rules of everybody in `people.ts`. */
  readonly mappings?: string;
  /** Further flags of `server`. */
  readonly args?: readonly string[];
  /** Shell text before the server starts, as `ulimit -n 300`. */
  readonly before?: string;
  /** The folder of its state. Default: a new one; only of ours. */
  readonly stateDir?: string;
  /** Whether to wait until it takes reviews. Default: yes. */
  readonly isAwaited?: boolean;
  /** A program that becomes the server, and its arguments. */
  readonly wrap?: readonly string[];
  /** Where the log goes, in shell text, in which `$0` is the usual file. */
  readonly log?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether ours limits calls to STS as it usually does. Default: it does not, as one key logs in all the time. */
  readonly isLimited?: boolean;
}

/** Which servers there are on this machine, ours from source first. */
export function serverKinds(binary: string | undefined): readonly ServerKind[] {
  return ["source", ...(binary ? ["binary" as const] : []), ...(peerBinary() ? ["peer" as const] : [])];
}

/** The other tool, where `RAM_AUTH_TEST_PEERS` names its folder. */
export function peerBinary(): string | undefined {
  const peers = Deno.env.get("RAM_AUTH_TEST_PEERS");
  return peers ? `${peers}/aws-iam-authenticator` : undefined;
}

/** Starts a server, and waits until it takes reviews. */
export async function startServer(
  kind: ServerKind,
  { sts, binary, ...options }: ServerOptions & { readonly sts: Sts; readonly binary?: string | undefined },
): Promise<RunningServer> {
  const folder = await Deno.makeTempDir({ prefix: `bench-${kind}-` });
  return await STARTS[kind](kind, { folder, sts, binary, ...options });
}

interface Start extends ServerOptions {
  readonly folder: string;
  readonly sts: Sts;
  readonly binary: string | undefined;
}

async function startOurs(kind: ServerKind, { folder, sts, binary, args = [], isLimited, ...options }: Start) {
  const state = options.stateDir ?? `${folder}/state`;
  const [port, healthPort] = [freePort(), freePort()];
  const configFile = `${folder}/config.yaml`;
  const webhookKubeconfig = `${folder}/webhook.kubeconfig`;
  await Deno.writeTextFile(
    configFile,
    `clusterID: ${CLUSTER_ID}
clouds: [aws]
server:
  port: ${port}
  healthPort: ${healthPort}
  stateDir: ${state}
  generateKubeconfig: ${webhookKubeconfig}
  sts: {caFile: ${sts.caFile}${isLimited ? "" : ", rate: 1000000, keyRate: 1000000"}}
${(options.mappings ?? mappings()).replace(/^/gm, "  ")}
`,
  );
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const program = kind === "binary" ? [binary!] : [Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, "main.ts"];
  return await spawn([...program, "server", "-c", configFile, ...args], {
    ...options,
    kind,
    folder,
    configFile,
    url: `https://127.0.0.1:${port}/authenticate`,
    caFile: `${state}/ca.pem`,
    webhookKubeconfig,
    healthUrl,
    env: { ...SERVER_ENVIRONMENT, ...sts.env, ...options.env },
    isReady: () => isOk(`${healthUrl}/readyz`),
  });
}

async function startPeer(kind: ServerKind, { folder, sts, args = [], isLimited: _, ...options }: Start) {
  const port = freePort();
  const configFile = `${folder}/config.yaml`;
  const text = (options.mappings ?? mappings()).replace(/^/gm, "  ");
  await Deno.writeTextFile(configFile, `clusterID: ${CLUSTER_ID}\nserver:\n${text}\n`);
  await writePair(folder);
  const flags = ["--config", configFile, "--state-dir", folder, "--port", String(port)];
  return await spawn(
    [peerBinary()!, "server", ...flags, "--generate-kubeconfig", `${folder}/kubeconfig.yaml`, ...args],
    {
      ...options,
      kind,
      folder,
      configFile,
      url: `https://127.0.0.1:${port}/authenticate`,
      caFile: `${folder}/ca.pem`,
      healthUrl: undefined,
      // Without these it would look for a region on the network, for seconds.
      env: { ...sts.env, AWS_REGION: "us-east-1", AWS_EC2_METADATA_DISABLED: "true", ...options.env },
      isReady: (log) => Promise.resolve(log.includes("Starting the h.ec2Provider")),
    },
  );
}

/** The listener and the call to STS of ours, and nothing between them. */
async function startBare(kind: ServerKind, { folder, sts, isLimited: _, ...options }: Start) {
  const port = freePort();
  await writePair(folder);
  const program = [Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, BARE_SERVER];
  return await spawn([...program, folder, String(port), sts.caFile], {
    ...options,
    kind,
    folder,
    configFile: "",
    url: `https://127.0.0.1:${port}/authenticate`,
    caFile: `${folder}/ca.pem`,
    healthUrl: undefined,
    env: { ...sts.env, ...options.env },
    isReady: (log) => Promise.resolve(log.includes("listening")),
  });
}

/** Writes a certificate of a CA of its own; that which aws-iam-authenticator would make is its own CA. */
async function writePair(folder: string): Promise<void> {
  const pair = await makeLoopbackCertificate(["localhost"]);
  await Promise.all([
    Deno.writeTextFile(`${folder}/cert.pem`, pair.certPem),
    Deno.writeTextFile(`${folder}/key.pem`, pair.keyPem),
    Deno.writeTextFile(`${folder}/ca.pem`, pair.caPem),
  ]);
}

const STARTS = { source: startOurs, binary: startOurs, peer: startPeer, bare: startBare } as const;

interface Spawn extends Omit<ServerOptions, "args" | "mappings" | "isLimited"> {
  readonly kind: ServerKind;
  readonly folder: string;
  readonly configFile: string;
  readonly url: string;
  readonly caFile: string;
  /** The webhook kubeconfig that it wrote; without one, who asks shows no token. */
  readonly webhookKubeconfig?: string | undefined;
  readonly healthUrl: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  isReady(log: string): Promise<boolean>;
}

async function spawn(
  command: readonly string[],
  { isReady, env, isAwaited = true, before = ":", wrap = [], log: logTo = '"$0"', ...server }: Spawn,
): Promise<RunningServer> {
  // Apart from the config file, whose folder ours watches: there each line would be an event.
  const logFile = `${server.folder}/output/log`;
  await Deno.mkdir(`${server.folder}/output`);
  const startedMs = elapsed();
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", `${before}\nexec "$@" 2>${logTo}`, logFile, ...wrap, ...command],
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? server.folder, ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const log = () => Deno.readTextFile(logFile).catch(() => "");
  const running: RunningServer = {
    ...server,
    pid: child.pid,
    startedMs,
    log,
    status,
    hasEnded: () => ended,
    isReady: async () => await isReady(await log()),
    signal: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGKILL");
      await status;
      await Deno.remove(server.folder, { recursive: true });
    },
  };
  if (!isAwaited) return running;
  try {
    await waitFor(`${SERVER_NAMES[server.kind]} to be ready`, async () => {
      if (ended) throw new Error(`Cannot start ${SERVER_NAMES[server.kind]}: ${await log()}`);
      return await isReady(await log());
    });
  } catch (failure) {
    await running[Symbol.asyncDispose]();
    throw failure;
  }
  return running;
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
