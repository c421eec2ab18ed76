/**
 * The server: its parts put together, started, reloaded and stopped. What each part does is in its own file.
 *
 * @module
 */

import type { CloudId } from "../identity/identity.ts";
import { loadCloud } from "../clouds/registry.ts";
import { acceptsConnection, createTrustingClient, readCaBundle } from "../http.ts";
import { importLater } from "../import_later.ts";
import { createChain } from "../mapping/chain.ts";
import type { DenyList } from "../mapping/deny/denial.ts";
import { createScrubber } from "../mapping/scrub.ts";
import { createHttpsClient } from "../review/https/client.ts";
import { type Breaker, createBreaker } from "../review/breaker.ts";
import { createDecisions } from "../review/decisions.ts";
import { createStsClient, type StsOutcome } from "../review/sts_client.ts";
import type { AcceptedCloud, VerifierParts } from "../review/verifier.ts";
import { hostAndPort } from "../state/host.ts";
import { initialize, type InitOptions } from "../state/init.ts";
import { holdsPeersPair } from "../state/usual_state_dir.ts";
import type { Log } from "../telemetry/log.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { exportMetrics } from "../telemetry/metrics_export.ts";
import { capRepeated } from "../telemetry/repeated.ts";
import { claimSpans } from "../telemetry/spans.ts";
import { processTimers } from "../time.ts";
import type { World } from "../world.ts";
import type { AuditLog } from "./audit.ts";
import { createBodies } from "./bodies.ts";
import { watchCallers } from "./callers.ts";
import { watchCertificates } from "./certificates.ts";
import type { Health, HealthReport } from "./health.ts";
import { createInstanceNames, type InstanceNamesOptions } from "./instance_names.ts";
import type { DelegationOptions } from "./delegation/delegation.ts";
import { listenPlain, listenTls } from "./door/door.ts";
import { reportOpenFiles } from "./door/open_files.ts";
import { makeSocketFolder } from "./door/socket_folder.ts";
import type { LiveOptions, LiveValues } from "./live_options.ts";
import { watchLiveness } from "./liveness.ts";
import { answeringHead, readHandler, reviewHandler } from "./routes.ts";
import { createSelfReview } from "./self_review.ts";
import { type ChainOptions, startLiveChain } from "./sources/live_chain.ts";
import { rulesHash } from "./sources/rules_hash.ts";

/** How long requests in flight may take once the server stops. */
const DRAIN_MS = 5_000;

/** What a server runs with; made from the settings in force. */
export interface ServerOptions {
  readonly clusterId: string;
  readonly clouds: readonly CloudId[];
  readonly stsCaFile: string | undefined;
  /** What a reload may change. */
  readonly live: LiveOptions;
  /** The hash of the config in force; `undefined` where there is none. */
  readonly configHash: () => string | undefined;
  /** The oldest token that is accepted, in milliseconds; a reload may change it. */
  readonly maxTokenAgeMs: () => number;
  readonly bindAddress: string;
  readonly port: number;
  /** Whether another server of the same user may listen on `port`, too. */
  readonly sharePort: boolean;
  readonly healthPort: number;
  readonly state: InitOptions;
  /** Who is refused whatever the mappings say; a reload changes it in place. */
  readonly deny: DenyList & HealthReport;
  /** Who judges tokens that are not ours; `undefined` where nobody does. */
  readonly delegate?: DelegationOptions | undefined;
  /** Where mappings are: the first source that has one for the identity decides. */
  readonly mappings: ChainOptions;
  /** How a cloud is asked for the names of its instances. */
  readonly instanceNames: InstanceNamesOptions;
  /** Takes every decision; whoever starts the server ends it. */
  readonly auditLog: AuditLog;
  /** Log lines lost so far, because nobody takes them. */
  readonly lostLogLines: () => number;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  readonly healthPort: number;
  /** Resolves once all mappings were read; never where a source cannot be. */
  readonly mappingsRead: Promise<void>;
  /**
   * Reads mappings and certificate again, and forgets what STS decided; what cannot be read leaves in force what was.
   */
  reload(): Promise<void>;
  /** Why it should be restarted; `undefined` while it lives. */
  fault(): string | undefined;
  /** Drains and stops. */
  stop(): Promise<void>;
}

/**
 * Starts a server: loads the mappings, makes the state that is missing, settles the STS endpoints, and listens.
 *
 * @param stop a server that is stopped while it starts never listens
 * @throws {RamAuthError} if any of that cannot be done; nothing is left running then
 * @throws the reason of `stop`
 */
export async function startServer(
  world: World,
  log: Log,
  options: ServerOptions,
  stop?: AbortSignal,
): Promise<RunningServer> {
  await using starting = new AsyncDisposableStack();
  const stopping = new AbortController();
  const { live: changing } = options;
  const metrics = createMetrics(() => changing.current.metricsCompat, options.lostLogLines);
  const scrubber = createScrubber(() => changing.current.scrubbedAccounts);
  const spans = claimSpans();
  starting.use(exportMetrics(metrics));
  const cappedLog = starting.use(capRepeated(log));

  const caCerts = await readCaBundle(world, options.stsCaFile);
  const https = starting.use(createHttpsClient(world, { caCerts }));
  const httpClient = starting.adopt(await createTrustingClient(world, options.stsCaFile), (client) => client.close());
  const clouds = await acceptClouds(options, changing.current);
  tellOf(clouds, log);
  let forget = () => {};
  // Before the config file is watched, so that no change of it is missed.
  changing.follow(async (next, before) => {
    const isSame = (key: keyof LiveValues) => JSON.stringify(next[key]) === JSON.stringify(before[key]);
    const others = isSame("endpoint") ? undefined : await acceptClouds(options, next);
    return () => {
      if (others !== undefined) tellOf(others, log);
      clouds.splice(0, clouds.length, ...others ?? clouds);
      // What a host decided that is accepted no longer does not count, nor what was to be kept for longer.
      if (!isSame("endpoint") || !isSame("cacheTtlMs")) forget();
    };
  });
  const live = starting.use(
    await startLiveChain(options.mappings, {
      world,
      log,
      metrics,
      scrubber,
      clouds: clouds.map(({ cloud }) => cloud),
      partition: changing.current.endpoint.partition,
      afterSwap: await holdsPeersPair(world, options.state.stateDir),
      signal: stopping.signal,
    }),
  );
  // Disposal runs backwards: what watches is told to stop before it is waited for.
  starting.defer(() => stopping.abort());
  const [privateDnsNames] = clouds.flatMap(({ cloud: { id, instances } }) =>
    instances === undefined ? [] : [
      createInstanceNames(world, options.instanceNames, {
        cloud: { id, instances },
        client: httpClient,
        onCall: metrics.countInstanceCall,
      }),
    ]
  );
  const mapping = createChain(live.sources, { privateDnsNames });
  const { state, files, lacksToken } = await initialize(world, options.state);
  for (const { path, what, status } of files) log.info("state", { path, what, status });
  if (lacksToken) {
    log.warn("the webhook kubeconfig has no token that this server accepts", {
      advice: 'run "ram-auth webhook-token rotate", and restart kube-apiserver',
    });
  }
  const { stateDir } = options.state;
  const callers = starting.use(await watchCallers({ world, log, stateDir, signal: stopping.signal }));
  starting.defer(() => stopping.abort());
  const breaker = createBreaker({
    timers: { ...processTimers, nowMs: world.elapsedMs },
    onChange(host, why) {
      if (why === undefined) cappedLog.info("STS host answers again", { host });
      else cappedLog.warn("STS host does not answer", { host, why });
    },
  });
  metrics.watchOpenStsHosts(() => breaker.open().length);
  const sts = createStsClient(world, https, {
    breaker,
    rates: () => changing.current.stsRates,
    observe: (outcome) => countSts(metrics, outcome),
    spans,
  });
  const decisions = createDecisions(world, sts, {
    ttlMs: () => changing.current.cacheTtlMs,
    maxTokenAgeMs: options.maxTokenAgeMs,
    onSaved: metrics.countStsCallSaved,
  });
  metrics.watchKeptDecisions(() => decisions.size);
  forget = decisions.drop;
  metrics.watchConfig(world.now(), options.configHash);
  metrics.watchMappingHashes(async () =>
    new Map(await Promise.all(live.sources().map(async (source) => [source.name, await rulesHash(source)] as const)))
  );
  const { clusterId, deny, auditLog, maxTokenAgeMs } = options;
  const verifier: VerifierParts = {
    clusterId,
    clouds,
    decisions,
    deny,
    mapping,
    maxTokenAgeMs,
    now: () => world.now(),
    spans,
  };

  const delegation = options.delegate && starting.use(
    await (await loadDelegation()).startDelegation(options.delegate, {
      world,
      log,
      cappedLog,
      metrics,
      scrubber,
      own: { hosts: [options.bindAddress, options.state.address, options.state.hostname], port: options.port },
      signal: stopping.signal,
    }),
  );
  if (delegation !== undefined) starting.defer(() => stopping.abort());

  const parts: HealthReport[] = [live, deny, auditLog, reportOn(breaker), reportOpenFiles()];
  if (delegation !== undefined) parts.push(delegation);
  const health: Health = { parts, isStopping: () => stopping.signal.aborted, fault: () => liveness.fault() };
  stop?.throwIfAborted();
  const answerRead = readHandler({ health, metrics });
  const door = { log: cappedLog, metrics, sockets: starting.use(makeSocketFolder(world, stateDir)) };
  const plain = starting.use(listenPlain(options.healthPort, answeringHead(answerRead), door));
  const bodies = createBodies();
  metrics.watchLostAuditRecords(auditLog.lost);
  metrics.watchBodyBytes(() => bodies.bytesInFlight);
  const { bindAddress: hostname, port, sharePort } = options;
  const itself = createSelfReview({
    hostname,
    port: () => listener.port,
    directly: sharePort ? (request) => answer(request) : undefined,
  });
  const note = (status: number) => liveness.note(status);
  const answer = reviewHandler(
    {
      verifier,
      bodies,
      scrubber,
      log,
      cappedLog,
      audit: auditLog.record,
      metrics,
      delegation,
      callers,
      isOwn: itself.isOwn,
      note,
    },
    answerRead,
  );
  const listener = listenTls({ hostname, port, sharePort, ...state.serving }, answeringHead(answer), door);
  const certificates = starting.use(
    watchCertificates({ world, log, metrics, options: options.state, state, listener, signal: stopping.signal }),
  );
  // After the watch, so that it stops first.
  starting.defer(() => {
    stopping.abort();
    return listener.stop(DRAIN_MS);
  });
  const liveness = starting.use(watchLiveness({ log, metrics, askItself: itself.ask }));
  parts.push(certificates, callers, liveness);

  const running = starting.move();
  log.info("listening", {
    url: `https://${hostAndPort(hostname, listener.port)}/authenticate`,
    healthPort: plain.port,
  });
  return {
    port: listener.port,
    healthPort: plain.port,
    mappingsRead: live.read,
    fault: liveness.fault,
    async reload() {
      decisions.drop();
      auditLog.reopen();
      await live.reload();
      await certificates.check();
      await callers.check();
    },
    async stop() {
      stopping.abort();
      log.info("stopping", { drainMs: DRAIN_MS });
      await running.disposeAsync();
    },
  };
}

async function acceptClouds(
  { clouds, clusterId }: ServerOptions,
  { endpoint }: LiveValues,
): Promise<AcceptedCloud[]> {
  return await Promise.all(clouds.map(async (id) => {
    const cloud = await loadCloud(id);
    cloud.assertClusterId(clusterId);
    const reader = await cloud.createReader(endpoint, acceptsConnection);
    return { cloud, reader };
  }));
}

async function loadDelegation(): Promise<typeof import("./delegation/delegation.ts")> {
  return await importLater<typeof import("./delegation/delegation.ts")>("./delegation/delegation.ts", import.meta.url);
}

function tellOf(clouds: readonly AcceptedCloud[], log: Log): void {
  for (const { cloud, reader } of clouds) {
    log.info("accepting tokens", { cloud: cloud.id, stsEndpoint: reader.endpoint });
  }
}

/** No warnings: whoever sends a token chooses the host. */
function reportOn(breaker: Breaker): HealthReport {
  return {
    facts: () => breaker.open().map((host) => `STS host ${host}: does not answer; asked again each second`),
    warnings: () => [],
  };
}

function countSts(metrics: Metrics, outcome: StsOutcome): void {
  if (outcome.kind === "failed") metrics.countStsFailure(outcome.region);
  else metrics.countStsAnswer(outcome.region, outcome.status, outcome.throttled);
}
