/**
 * A real server over real TLS for tests, with an STS of the test's choice behind it. Every log line and metric is kept,
 * and searched for what was in the tokens when the server stops.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Cloud } from "../../lib/clouds/cloud.ts";
import { loadCloud } from "../../lib/clouds/registry.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import type { Principal } from "../../lib/emulator/principal.ts";
import { startStsEmulator, type StsEmulatorOptions } from "../../lib/emulator/sts.ts";
import type { CloudId } from "../../lib/identity/identity.ts";
import type { BackendMode } from "../../lib/mapping/backend_mode.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { parseRules } from "../../lib/mapping/rules.ts";
import type { StartSource } from "../../lib/server/sources/live_source.ts";
import type { AuditRecord } from "../../lib/server/audit.ts";
import { createDenyList } from "../../lib/mapping/deny/list.ts";
import { startMountedFile } from "../../lib/server/sources/mounted_file.ts";
import type { CallRates } from "../../lib/review/limiter.ts";
import { createLiveOptions } from "../../lib/server/live_options.ts";
import { startServer } from "../../lib/server/server.ts";
import { initialize } from "../../lib/state/init.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { realWorld, type World } from "../../lib/world.ts";
import { parseYaml } from "../../lib/yaml/read.ts";
import { type LoopbackCertificate, makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { assertNoLeak } from "./leaks.ts";
import { askingHeaders } from "./kubeconfigs.ts";
import { keepOutput } from "./outputs/keep_output.ts";

/** The cluster that the server is for, where a test names none. */
export const CLUSTER_ID = "c0123456789abcdef0123456789abcdef";

/** Alice, the admins' role and nobody else. */
export const DEMO_MAPPINGS = `
mapUsers:
  - userARN: acs:ram::1234567890123456:user/alice
    username: alice
    groups: [developers]
mapRoles:
  - roleARN: acs:ram::1234567890123456:role/KubernetesAdmin
    username: "admin:{{SessionName}}"
    groups: ["system:masters"]
`;

/** The same for the demo's people of AWS. */
export const DEMO_AWS_MAPPINGS = `
mapUsers:
  - userARN: arn:aws:iam::123456789012:user/dave
    username: dave
    groups: [developers]
mapRoles:
  - roleARN: arn:aws:iam::123456789012:role/ClusterAdmin
    username: "admin:{{SessionName}}"
    groups: ["system:masters"]
`;

/** What a scripted STS answers. */
export type ScriptedSts = (request: Request) => Response | Promise<Response>;

/** An STS that runs. */
export interface RunningSts {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  calls(): number;
  shutdown(): Promise<void>;
}

/** How to run a server; everything has a default. */
export interface ReviewServerOptions {
  /** Default: {@linkcode CLUSTER_ID}. */
  readonly clusterId?: string;
  /** YAML with `mapRoles`, `mapUsers`, `mapAccounts`, `reservedPrefixConfig`. Default: {@linkcode DEMO_MAPPINGS}. */
  readonly mappings?: string;
  readonly scrubbedAccounts?: readonly string[];
  /** Clouds whose tokens are accepted; a token of AWS may name the test's own STS. Default: Alibaba Cloud. */
  readonly clouds?: readonly CloudId[];
  /** How long decisions of STS are kept. Default: 0, so that each review asks STS what the test has it say. */
  readonly cacheTtlMs?: number;
  /** How often STS is asked at most. Default: as often as the test wants. */
  readonly stsRates?: CallRates;
  /** Whether who asks must show the token of {@linkcode ReviewServer.webhookKubeconfig}. Default: no. */
  readonly demandsToken?: boolean;
  /** Partition of AWS. Default: `aws`. */
  readonly partition?: string;
  /** Who exists in the emulated clouds. Default: the demo's principals of both. */
  readonly principals?: readonly Principal[];
  readonly behave?: NonNullable<StsEmulatorOptions["behave"]>;
  /** An STS that answers whatever the test wants, in the emulator's place. */
  readonly sts?: ScriptedSts;
  /** An STS that the test runs itself, with that certificate, in the emulator's place. */
  readonly stsServer?: (pair: LoopbackCertificate) => RunningSts;
  /** Path of the kubeconfig of a delegate. Default: there is none. */
  readonly delegate?: string;
  /** Where mappings come from, in the place of {@linkcode ReviewServerOptions.mappings}. */
  readonly source?: { readonly mode: BackendMode; readonly start: StartSource };
}

/** What came back for a TokenReview. */
export interface ReviewAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly body: ReviewBody;
}

/** The members of either kind of answer. */
export interface ReviewBody {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly error?: string;
  readonly status?: {
    readonly authenticated: boolean;
    readonly error?: string;
    readonly user?: {
      readonly username: string;
      readonly uid: string;
      readonly groups: readonly string[];
      readonly extra: Readonly<Record<string, readonly string[]>>;
    };
  };
}

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A server that listens; `await using` stops it and fails the test if anything secret was written. */
export interface ReviewServer extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  readonly healthUrl: string;
  /** The server's CA. */
  readonly caPem: string;
  /** Trusts it. */
  readonly client: Deno.HttpClient;
  readonly clusterId: string;
  readonly stateDir: string;
  /** The webhook kubeconfig, where a token is demanded; reviews show what stands in it. */
  readonly webhookKubeconfig: string;
  /** The server's and the emulator's clock. It stands; at the start it shows the machine's time in whole seconds. */
  now(): Date;
  /** Moves the clock, back where the number is negative; the one that only goes forward moves with it forward. */
  advance(milliseconds: number): void;
  /** Posts a TokenReview of `authentication.k8s.io/v1`. */
  review(token: string): Promise<ReviewAnswer>;
  /** `127.0.0.1:<port>` of the STS, as tokens of AWS name it. */
  readonly stsHost: string;
  /** Posts any body to `/authenticate`. */
  post(body: BodyInit, init?: RequestInit): Promise<ReviewAnswer>;
  /** Puts other mappings in force, as a changed config file would. */
  replaceMappings(yaml: string): Promise<void>;
  /** How many requests STS got. */
  stsCalls(): number;
  logText(): string;
  log(): readonly LogLine[];
  /** What went to the audit log. */
  audited(): readonly AuditRecord[];
  /** The log line about one request. */
  lineOf(answer: ReviewAnswer): LogLine;
  metrics(): Promise<string>;
  /** What must not be written anywhere, beside the tokens that were reviewed and the keys of the principals. */
  addSecret(text: string): void;
}

let certificate: Promise<LoopbackCertificate> | undefined;

/** Starts a server with everything that it needs. */
export async function startReviewServer(options: ReviewServerOptions = {}): Promise<ReviewServer> {
  await using starting = new AsyncDisposableStack();
  const { clusterId = CLUSTER_ID } = options;
  const principals: readonly Principal[] = options.principals ??
    [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)];
  const ids = options.clouds ?? ["alibaba"];
  const clouds = await Promise.all(ids.map(loadCloud));
  const folder = await Deno.makeTempDir({ prefix: "review-server-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));

  // TLS clients go by the machine's clock, so the certificates must be made by it.
  let nowMs = Math.floor(Date.now() / 1_000) * 1_000;
  let elapsedMs = 0;
  let written = "";
  const world: World = {
    ...realWorld(),
    env: () => undefined,
    now: () => new Date(nowMs),
    elapsedMs: () => elapsedMs,
    stdout: { isTerminal: false, write: (text) => void (written += text) },
    stderr: { isTerminal: false, write: (text) => void (written += text) },
  };

  const pair = await (certificate ??= makeLoopbackCertificate());
  const stsCaFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(stsCaFile, pair.caPem);
  const sts = startSts(pair, options, { principals, now: world.now });
  starting.defer(() => sts.shutdown());

  const state = {
    stateDir: `${folder}/state`,
    hostname: "localhost",
    address: "127.0.0.1",
    port: 0,
    kubeconfigPath: undefined,
  };
  const webhookKubeconfig = `${folder}/webhook.kubeconfig`;
  const { state: { caPem } } = await initialize(
    world,
    options.demandsToken ? { ...state, port: 1, kubeconfigPath: webhookKubeconfig } : state,
  );
  const audited: AuditRecord[] = [];
  const instanceRate = { perSecond: 15, burst: 5 };
  let mappings = options.mappings ?? DEMO_MAPPINGS;
  const reserved = new Map(readMappings(mappings, clouds).reserved);
  const server = await startServer(world, createLog(world, { format: "json", level: "debug" }), {
    clusterId,
    clouds: ids,
    live: createLiveOptions({
      endpoint: {
        stsEndpoint: sts.host,
        region: undefined,
        network: "public",
        stsHosts: [sts.host],
        ...(options.partition && { partition: options.partition }),
      },
      stsRates: options.stsRates ?? { server: 1e9, key: 1e9 },
      cacheTtlMs: options.cacheTtlMs ?? 0,
      instanceRate,
      scrubbedAccounts: options.scrubbedAccounts ?? [],
      metricsCompat: [],
    }),
    configHash: () => undefined,
    stsCaFile,
    maxTokenAgeMs: () => 900_000,
    bindAddress: "127.0.0.1",
    port: 0,
    sharePort: false,
    healthPort: 0,
    state,
    auditLog: {
      record: (record) => void audited.push(record),
      reopen() {},
      lost: () => 0,
      facts: () => [],
      warnings: () => [],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    deny: { ...createDenyList(), facts: () => [], warnings: () => [] },
    delegate: options.delegate === undefined ? undefined : { kubeconfig: options.delegate, reserved },
    mappings: {
      modes: [options.source?.mode ?? "MountedFile"],
      starterOf: () =>
        options.source?.start ??
          startMountedFile({ path: undefined, read: () => Promise.resolve(readMappings(mappings, clouds)) }),
      modeFile: undefined,
    },
    lostLogLines: () => 0,
    instanceNames: {
      rate: () => instanceRate,
      roleArn: undefined,
      sourceArn: undefined,
      sts: { region: undefined, endpoint: sts.host, caFile: stsCaFile, profile: undefined },
    },
  });
  starting.defer(() => server.stop());
  const client = starting.adopt(Deno.createHttpClient({ caCerts: [caPem] }), (c) => c.close());

  const url = `https://127.0.0.1:${server.port}`;
  const healthUrl = `http://127.0.0.1:${server.healthPort}`;
  const secrets = principals.flatMap((one) => [one.accessKeySecret, one.securityToken ?? one.accessKeySecret]);
  const tokens = new Set<string>();
  const log = () => written.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as LogLine);
  const metrics = async () => await (await fetch(`${healthUrl}/metrics`)).text();
  const post = async (body: BodyInit, init: RequestInit = {}): Promise<ReviewAnswer> => {
    const headers = await askingHeaders(options.demandsToken ? webhookKubeconfig : undefined);
    const response = await fetch(`${url}/authenticate`, { method: "POST", headers, ...init, body, client });
    const text = await response.text();
    written += `${JSON.stringify({ message: "answer of the server", text })}\n`;
    return {
      status: response.status,
      requestId: response.headers.get("x-request-id") ?? "",
      body: JSON.parse(text) as ReviewBody,
    };
  };
  const running = starting.move();
  return {
    url,
    healthUrl,
    caPem,
    client,
    clusterId,
    stateDir: state.stateDir,
    webhookKubeconfig,
    stsHost: sts.host,
    now: world.now,
    advance(milliseconds) {
      nowMs += milliseconds;
      elapsedMs += Math.max(milliseconds, 0);
    },
    review(token) {
      tokens.add(token);
      return post(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }));
    },
    post,
    async replaceMappings(yaml) {
      mappings = yaml;
      reserved.clear();
      for (const [giver, entry] of readMappings(mappings, clouds).reserved) reserved.set(giver, entry);
      await server.reload();
    },
    stsCalls: () => sts.calls(),
    logText: () => written,
    audited: () => audited,
    log,
    lineOf({ requestId }) {
      const lines = log().filter((line) => line["requestId"] === requestId);
      assert.equal(lines.length, 1, `the log has ${lines.length} lines about the request`);
      return lines[0]!;
    },
    metrics,
    addSecret: (text) => void secrets.push(text),
    async [Symbol.asyncDispose]() {
      const exposed = await metrics().finally(() => running.disposeAsync());
      for (const text of [written, exposed, JSON.stringify(audited)]) keepOutput(text);
      for (const text of [written, exposed]) assertNoLeak(text, { tokens, secrets });
    },
  };
}

function readMappings(yaml: string, clouds: readonly Cloud[]) {
  const root = parseYaml(yaml);
  const valueOf = (key: string) =>
    root.kind === "map" ? root.entries.find((entry) => entry.key === key)?.value : undefined;
  const sections = {
    mapRoles: valueOf("mapRoles"),
    mapUsers: valueOf("mapUsers"),
    mapAccounts: valueOf("mapAccounts"),
  };
  return {
    parsed: parseRules(sections, { clouds }),
    reserved: parseReservedPrefixes(valueOf("reservedPrefixConfig")),
  };
}

function startSts(
  pair: LoopbackCertificate,
  { sts, stsServer, behave }: ReviewServerOptions,
  emulated: Pick<StsEmulatorOptions, "principals" | "now">,
): RunningSts {
  if (stsServer !== undefined) return stsServer(pair);
  if (sts !== undefined) return serveScript(pair, sts);
  return startStsEmulator({ ...pair, ...emulated, ...(behave && { behave }) });
}

function serveScript({ certPem: cert, keyPem: key }: LoopbackCertificate, answer: ScriptedSts) {
  let calls = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, (request) => {
    calls += 1;
    return answer(request);
  });
  return { host: `127.0.0.1:${server.addr.port}`, calls: () => calls, shutdown: () => server.shutdown() };
}
