/**
 * A server as operators run it, on which options are shown to reach what they are for: a process with a config file that
 * can be changed, an emulated STS, and everything that can be seen from outside.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connect } from "node:tls";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { type AwsPrincipal, DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import type { OptionName } from "../../../lib/config/options.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import { freePort } from "../../support/free_port.ts";
import { askingHeaders } from "../../support/kubeconfigs.ts";
import { type Keys as AlibabaKeys, mintedToken } from "../../support/minted_token.ts";
import type { ChildProcess } from "../../support/process.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { startServerProcess } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";

/** The ARNs of those who log in. */
export const ALICE = DEMO_PRINCIPALS.alice.identity.Arn;
export const DAVE = DEMO_AWS_PRINCIPALS.dave.identity.Arn;

/** Keys under `server:`; `undefined` takes one out. */
export type Keys = Readonly<Record<string, unknown>>;

/** What a stage is made of; everything has a default. */
export interface StageOptions {
  /** Keys beside or in place of the usual ones. */
  readonly keys?: (at: { readonly folder: string; readonly stsHost: string }) => Keys;
  /** Default: both. */
  readonly clouds?: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the folder, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** One more root that vouches for hosts of STS. */
  readonly caPem?: string;
  /** Who exists in AWS beside the demo's people. */
  readonly principals?: readonly AwsPrincipal[];
}

/** The server and what is round it. */
export interface StagedServer extends AsyncDisposable {
  readonly folder: string;
  readonly clusterId: string;
  readonly port: number;
  readonly process: ChildProcess;
  readonly flags: readonly string[];
  readonly stsHost: string;
  readonly stsCaFile: string;
  /** How many requests STS got. */
  stsCalls(): number;
  /** Starts one more STS, with the same certificate, that lasts as long as the server. */
  addSts(): ReturnType<typeof startStsEmulator>;
  /** What stands under `server:` at the start; changing to them takes back all changes. */
  readonly firstKeys: Keys;
  /** Changes keys of the config file; what comes of it is for {@linkcode StagedServer.until}. */
  change(keys: Keys): Promise<void>;
  /** Waits until something is as it is to be. */
  until<T>(read: () => T | Promise<T>, wanted: T): Promise<void>;
  /** The username of a token's owner, or why there is none, as the log has it; of no decision, the HTTP status. */
  ask(token: string): Promise<string>;
  /** The same of alice or another one of Alibaba Cloud, with a token of that age and cluster. */
  alice(
    options?: { readonly ageMs?: number; readonly clusterId?: string; readonly as?: AlibabaKeys },
  ): Promise<string>;
  /** The same of dave or another one of AWS, with a token for that host. */
  dave(options?: { readonly host?: string; readonly region?: string; readonly as?: AwsPrincipal }): Promise<string>;
  log(): string;
  /** A page of the health listener. */
  page(path: string): Promise<string>;
}

/** How one option is shown. */
export interface Row {
  /** It was set when the server started. */
  atStart(server: StagedServer): Promise<void>;
  /** It is changed while the server runs. */
  changed?(server: StagedServer): Promise<void>;
}

/** One server and the options that it shows. */
export interface Stage {
  readonly name: string;
  start(): Promise<StagedServer>;
  readonly rows: Readonly<Partial<Record<OptionName, Row>>>;
}

/** Starts one. */
export async function startStage(
  {
    keys = () => ({}),
    clouds = ["alibaba", "aws"],
    flags: more = [],
    env,
    files = {},
    caPem = "",
    principals: others = [],
  }: StageOptions,
): Promise<StagedServer> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wiring-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const pair = await makeLoopbackCertificate();
  const stsCaFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(stsCaFile, pair.caPem + caPem);
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
  const principals = [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS), ...others];
  const clusterId = "c-of-the-test";
  const outer = new AsyncDisposableStack();
  starting.use(outer);
  const addSts = () => {
    const sts = startStsEmulator({ ...pair, principals, now: () => new Date() });
    outer.defer(() => sts.shutdown());
    return sts;
  };
  const sts = addSts();
  const [port, healthPort] = [freePort(), freePort()];
  const configFile = `${folder}/config.yaml`;
  let server: Keys = {
    port,
    healthPort,
    stateDir: `${folder}/state`,
    generateKubeconfig: `${folder}/webhook.kubeconfig`,
    sts: { endpoint: sts.host, caFile: stsCaFile },
    stsHosts: [sts.host],
    cache: { ttl: 0 },
    mapUsers: [{ userarn: ALICE, username: "alice" }, { userarn: DAVE, username: "dave" }],
    ...keys({ folder, stsHost: sts.host }),
  };
  const firstKeys = server;
  const write = () => replaceFile(configFile, JSON.stringify({ clusterID: clusterId, clouds, server }));
  await write();
  const flags = ["-c", configFile, ...more];
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const process = starting.use(await startServerProcess(flags, { healthUrl, ...(env && { env }) }));

  const ask = async (token: string) => {
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/state/ca.pem`)] });
    const response = await fetch(`https://127.0.0.1:${port}/authenticate`, {
      client,
      method: "POST",
      headers: await askingHeaders(`${folder}/webhook.kubeconfig`),
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
    });
    const { status } = await response.json();
    if (!response.ok) return String(response.status);
    if (status?.user !== undefined) return String(status.user.username);
    const id = response.headers.get("x-request-id")!;
    return await waitFor("the reason in the log", () => {
      const line = process.stderr().split("\n").slice(0, -1).find((one) => one.includes(id));
      return line === undefined ? undefined : String(JSON.parse(line).reason);
    });
  };
  const running = starting.move();
  return {
    folder,
    clusterId,
    port,
    process,
    flags,
    stsHost: sts.host,
    stsCaFile,
    stsCalls: () => sts.calls(),
    addSts,
    firstKeys,
    async change(changed) {
      server = changed === firstKeys ? firstKeys : { ...server, ...changed };
      await write();
    },
    async until(read, wanted) {
      let found: unknown;
      const isThere = async () => {
        found = await read();
        return found === wanted;
      };
      await waitFor(`${wanted}`, isThere).catch(() => assert.equal(found, wanted));
    },
    ask,
    alice: async ({ ageMs = 0, clusterId: cluster = clusterId, as = DEMO_PRINCIPALS.alice } = {}) =>
      await ask(await mintedToken(as, { clusterId: cluster, now: new Date(Date.now() - ageMs) })),
    dave: ({ host = sts.host, region, as = DEMO_AWS_PRINCIPALS.dave } = {}) =>
      ask(awsToken(as, { clusterId, now: new Date(), host, ...(region && { region }) })),
    log: () => process.stderr(),
    page: async (path) => await (await fetch(`${healthUrl}${path}`)).text(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The names for which a TLS server shows a certificate. */
export async function shownNames(hostname: string, port: number): Promise<string> {
  const socket = connect({ host: hostname, port, rejectUnauthorized: false });
  try {
    return await new Promise((resolve, reject) => {
      socket.once("secureConnect", () => resolve(socket.getPeerCertificate().subjectaltname ?? ""));
      socket.once("error", reject);
    });
  } finally {
    socket.destroy();
  }
}

/** Makes a test of a stage. */
export function show({ name, start, rows }: Stage): void {
  Deno.test(`options reach what they are for: ${name}`, async (t) => {
    await using server = await start();
    for (const [option, { atStart, changed }] of Object.entries(rows)) {
      await t.step(option, () => atStart(server));
      if (changed !== undefined) await t.step(`${option}, changed while the server runs`, () => changed(server));
    }
  });
}
