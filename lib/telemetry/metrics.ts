/**
 * The server's metrics, in Prometheus' text form. One table of names, those of the other tools among them; knows
 * nothing of the events behind them.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { COMMIT, VERSION } from "../version.ts";
import { addProcessMetrics } from "./process_metrics.ts";

/** How a review ended, in the other tools' words. */
export type ReviewResult =
  | "success"
  | "denied"
  | "invalid_token"
  | "malformed_request"
  | "sts_error"
  | "sts_throttling"
  | "unknown_user"
  | "internal_error"
  // Ours alone: the client left before its request was whole; the server made room for newer requests; there were more
  // logins than STS is asked about.
  | "canceled"
  | "overloaded"
  | "rate_limited"
  // Of tokens that are not ours, where there is a delegate: it let somebody in; it did not know the token; it named somebody
  // whom it must not; it gave no answer.
  | "delegated"
  | "delegate_denied"
  | "delegate_refused"
  | "delegate_error";

/** A prefix under which another tool has the metrics that it shares with us. */
export type PeerPrefix = "ack_ram_authenticator" | "aws_iam_authenticator";

/** Bounds of the latency histogram, in seconds: around what STS takes, up to two calls' deadlines. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 5];

/** Bounds of the event loop's delay, in seconds: from what nobody notices to what kube-apiserver does not wait for. */
const DELAY_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Where a name starts in the text form: a line of its own, or one about it. No label value begins a line. */
const OWN_PREFIX = /^(# (?:HELP|TYPE) )?ram_auth_/gm;

/** A label of theirs that is misspelled there, and which dashboards match. No other label is called `result`. */
const UNKNOWN_USER = 'result="unknown_user"';
const UNKNOWN_USER_OF_PEERS = 'result="uknown_user"';

/** Which listener a connection came to. */
export type ListenerName = "tls" | "health";

/** Why the server ended or refused a connection; where the client did, nothing is counted. */
export type ConnectionEnd =
  | "handshake_failed"
  | "handshake_late"
  | "request_late"
  | "idle"
  | "stuck"
  | "evicted"
  | "full"
  | "share_full"
  | "failed";

/** Why a request was not taken for one of kube-apiserver's: it showed no webhook token, or one that is not accepted. */
export type CallerRefusal = "no_webhook_token" | "wrong_webhook_token";

/** Where events are counted. */
export interface Metrics {
  observeReview(result: ReviewResult, seconds: number): void;
  /** A request came to `/authenticate` from somebody who may not ask: it is no review. */
  countCallerRefused(reason: CallerRefusal): void;
  countStsAnswer(region: string, status: number, throttled: boolean): void;
  countStsFailure(region: string): void;
  /** A review needed no call of its own: the decision was kept, or shared with one under way. */
  countStsCallSaved(by: "kept" | "shared"): void;
  /** Where to read how many hosts of STS do not answer. */
  watchOpenStsHosts(read: () => number): void;
  /** Where to read how many decisions are kept. */
  watchKeptDecisions(read: () => number): void;
  /** A source's rules are in force as of `loadedAt`. */
  setMappings(source: string, counts: { rules: number; invalid: number }, loadedAt: Date): void;
  /** A source is asked no more: what it has in force, and how it was read last, is shown no longer. */
  forgetMappings(source: string): void;
  /** Where to read the hash of the rules that each source has in force. */
  watchMappingHashes(read: () => Promise<ReadonlyMap<string, string>>): void;
  /** A source was read for `ms`, and what it holds was put in force or refused. */
  observeMappingRead(source: string, isRefused: boolean, ms: number): void;
  countReloadFailure(): void;
  /** Where to read the hash of the config in force, which was read at the start; a server without a file has none. */
  watchConfig(startedAt: Date, readHash: () => string | undefined): void;
  /** The config file was read again, and is in force or was refused. */
  countConfigReload(isInForce: boolean, at: Date): void;
  /** A ConfigMap could not be listed or watched; each try counts. */
  countConfigMapWatchFailure(): void;
  /** The same of custom resources. */
  countCrdWatchFailure(): void;
  /** The dynamic file could not be read or used; each try counts. */
  countDynamicFileFailure(): void;
  /** Whether the dynamic file is a source, and whether it is the only one. */
  setDynamicFile(place: { readonly isEnabled: boolean; readonly isOnly: boolean }): void;
  countInstanceCall(): void;
  setCertificateExpiry(notAfter: Date): void;
  /** Whether the certificate could not be renewed or reloaded when that was last tried. */
  setCertificateStale(isStale: boolean): void;
  /** The server's one thread was held, and answered nothing meanwhile. */
  countHeld(seconds: number): void;
  /** The server's one thread came to a thing that was due so much later. */
  observeLoopDelay(seconds: number): void;
  /** Where to read how many bytes are reserved for bodies that are arriving. */
  watchBodyBytes(read: () => number): void;
  /** Where to read how many decisions are missing in the audit log. */
  watchLostAuditRecords(read: () => number): void;
  /** Where to read how many connections a listener has. */
  watchConnections(listener: ListenerName, read: () => number): void;
  countConnectionEnd(listener: ListenerName, reason: ConnectionEnd): void;
  /** A connection could not be accepted or served, for lack of descriptors above all. */
  countAcceptFailure(listener: ListenerName): void;
  /** Everything, in the text form, and its media type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** Everything under our own prefix, as data. */
  series(): Promise<readonly Series[]>;
}

/** A metric as it is now. */
export interface Series {
  /** A histogram counts, too, under the three names of its parts. */
  readonly kind: "counter" | "gauge";
  /** Every name that its values may have. */
  readonly names: readonly string[];
  readonly help: string;
  readonly values: readonly {
    readonly name: string;
    readonly value: number;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

/**
 * Makes a registry of its own, so that two servers in one process count apart.
 *
 * What another tool has too is in a second registry beside it. From that, the same counters are written once more for
 * each prefix of `compat`, which is asked each time, so that counting costs the same with it and without.
 *
 * @param lostLogLines log lines lost so far
 */
export function createMetrics(
  compat: () => readonly PeerPrefix[] = () => [],
  lostLogLines: () => number = () => 0,
): Metrics {
  const [registry, ofPeers] = [new Registry(), new Registry()];
  const registers = [registry];
  const shared = [registry, ofPeers];
  const latency = new Histogram({
    name: "ram_auth_authenticate_latency_seconds",
    help: "Duration of TokenReviews, by outcome",
    labelNames: ["result"],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: shared,
  });
  const callersRefused = new Counter({
    name: "ram_auth_callers_refused_total",
    help: "Requests to /authenticate without a webhook token that is accepted, by reason",
    labelNames: ["reason"],
    registers,
  });
  const stsResponses = new Counter({
    name: "ram_auth_sts_responses_total",
    help: "STS responses, by HTTP status",
    labelNames: ["ResponseCode", "StsRegion"],
    registers: shared,
  });
  const stsFailures = new Counter({
    name: "ram_auth_sts_connection_failures_total",
    help: "Reviews that got no response from STS",
    labelNames: ["StsRegion"],
    registers: shared,
  });
  const stsThrottling = new Counter({
    name: "ram_auth_sts_throttling_total",
    help: "STS responses that asked for fewer calls (throttling)",
    labelNames: ["StsRegion"],
    registers: shared,
  });
  const rules = new Gauge({
    name: "ram_auth_mapping_rules",
    help: "Mapping rules in force",
    labelNames: ["source"],
    registers,
  });
  const invalid = new Gauge({
    name: "ram_auth_mapping_entries_invalid",
    help: "Invalid mapping entries, which are not in force",
    labelNames: ["source"],
    registers,
  });
  const loadedAtSeconds = new Gauge({
    name: "ram_auth_mapping_loaded_timestamp_seconds",
    help: "Time at which the rules in force were loaded",
    labelNames: ["source"],
    registers,
  });
  let mappingHashes = () => Promise.resolve<ReadonlyMap<string, string>>(new Map());
  new Gauge({
    name: "ram_auth_mapping_info",
    help: "Hash of the rules in force, the same on all nodes that have the same",
    labelNames: ["source", "hash"],
    registers,
    async collect() {
      const hashes = await mappingHashes();
      this.reset();
      for (const [source, hash] of hashes) this.set({ source, hash }, 1);
    },
  });
  const readings = new Counter({
    name: "ram_auth_mapping_reads_total",
    help: "Mapping sources read because they had changed, by what came of it",
    labelNames: ["source", "result"],
    registers,
  });
  const readSeconds = new Gauge({
    name: "ram_auth_mapping_read_seconds",
    help: "Time that the last reading of a mapping source took",
    labelNames: ["source"],
    registers,
  });
  const isLastRefused = new Gauge({
    name: "ram_auth_mapping_refused",
    help: "Whether what a mapping source holds was refused, so that the rules of before are in force",
    labelNames: ["source"],
    registers,
  });
  const reloadFailures = new Counter({
    name: "ram_auth_reload_failures_total",
    help: "Failed reloads, after which the old rules stay in force",
    registers,
  });
  const configReloads = new Counter({
    name: "ram_auth_config_reloads_total",
    help: "Reloads of the config file, by what came of it",
    labelNames: ["status"],
    registers,
  });
  const configReloadedAt = new Gauge({
    name: "ram_auth_config_reload_last_timestamp_seconds",
    help: "Time of the last reload of the config file, by what came of it; the start is a success",
    labelNames: ["status"],
    registers,
  });
  let configHash: () => string | undefined = () => undefined;
  new Gauge({
    name: "ram_auth_config_info",
    help: "Hash of the options in force, with the rules of the config file; the same on nodes that decide alike",
    labelNames: ["hash"],
    registers,
    collect() {
      this.reset();
      const hash = configHash();
      if (hash !== undefined) this.set({ hash }, 1);
    },
  });
  const configMapWatchFailures = new Counter({
    name: "ram_auth_configmap_watch_failures_total",
    help: "Failed attempts to list or watch a ConfigMap",
    registers: shared,
  });
  const crdWatchFailures = new Counter({
    name: "ram_auth_crd_watch_failures_total",
    help: "Failed attempts to list or watch custom resources",
    registers,
  });
  const dynamicFileFailures = new Counter({
    name: "ram_auth_dynamicfile_failures_total",
    help: "Failed attempts to read the dynamic file",
    registers: shared,
  });
  const dynamicFileEnabled = new Gauge({
    name: "ram_auth_dynamic_file_enabled",
    help: "Whether the dynamic file is among the mapping sources",
    registers: shared,
  });
  const dynamicFileOnly = new Gauge({
    name: "ram_auth_dynamic_file_only",
    help: "Whether the dynamic file is the only mapping source",
    registers: shared,
  });
  const ec2Calls = new Counter({
    name: "ram_auth_ec2_describe_instances_calls_total",
    help: "EC2 calls for instance names",
    registers: shared,
  });
  const expiry = new Gauge({
    name: "ram_auth_serving_certificate_expiry_timestamp_seconds",
    help: "Expiry time of the serving certificate",
    registers,
  });
  const stale = new Gauge({
    name: "ram_auth_serving_certificate_stale",
    help: "Whether the last attempt to renew or reload the serving certificate failed",
    registers,
  });
  const savedCalls = new Counter({
    name: "ram_auth_sts_calls_saved_total",
    help: "Reviews that needed no STS call of their own, by why",
    labelNames: ["by"],
    registers,
  });
  let openStsHosts = () => 0;
  new Gauge({
    name: "ram_auth_sts_hosts_open",
    help: "STS hosts that do not answer and are asked once a second (open circuit breakers)",
    registers,
    collect() {
      this.set(openStsHosts());
    },
  });
  let keptDecisions = () => 0;
  new Gauge({
    name: "ram_auth_kept_decisions",
    help: "STS decisions kept for tokens that are reviewed again",
    registers,
    collect() {
      this.set(keptDecisions());
    },
  });
  const held = new Counter({
    name: "ram_auth_held_seconds_total",
    help: "Seconds in which the server was held up by one piece of work, and answered nothing",
    registers,
  });
  const loopDelay = new Histogram({
    name: "ram_auth_event_loop_delay_seconds",
    help: "How late the server's one thread comes to what is due, measured twice a second",
    buckets: DELAY_BUCKETS_SECONDS,
    registers,
  });
  addProcessMetrics(registers);
  let bodyBytes = () => 0;
  new Gauge({
    name: "ram_auth_request_body_bytes",
    help: "Bytes reserved for request bodies that are still arriving",
    registers,
    collect() {
      this.set(bodyBytes());
    },
  });
  const openConnections = new Map<ListenerName, () => number>();
  new Gauge({
    name: "ram_auth_connections_open",
    help: "Open connections, by listener",
    labelNames: ["listener"],
    registers,
    collect() {
      for (const [listener, read] of openConnections) this.set({ listener }, read());
    },
  });
  const connectionEnds = new Counter({
    name: "ram_auth_connections_closed_total",
    help: "Connections that the server closed or refused, by listener and reason",
    labelNames: ["listener", "reason"],
    registers,
  });
  const acceptFailures = new Counter({
    name: "ram_auth_accept_failures_total",
    help: "Connections that could not be accepted or served for lack of file descriptors or another failure",
    labelNames: ["listener"],
    registers,
  });
  new Counter({
    name: "ram_auth_log_lines_lost_total",
    help: "Log lines lost because the log could not be written fast enough, or at all",
    registers,
    collect() {
      this.reset();
      this.inc(lostLogLines());
    },
  });
  let lostAuditRecords = () => 0;
  new Counter({
    name: "ram_auth_audit_records_lost_total",
    help: "Decisions missing in the audit log because it could not be written fast enough, or at all",
    registers,
    collect() {
      this.reset();
      this.inc(lostAuditRecords());
    },
  });
  new Gauge({
    name: "ram_auth_build_info",
    help: "Version and commit of ram-auth",
    labelNames: ["version", "commit"],
    registers,
  })
    .set({ version: VERSION, commit: COMMIT ?? "source" }, 1);
  return {
    observeReview: (result, seconds) => latency.observe({ result }, seconds),
    countStsAnswer(region, status, throttled) {
      stsResponses.inc({ ResponseCode: String(status), StsRegion: region });
      if (throttled) stsThrottling.inc({ StsRegion: region });
    },
    countStsFailure: (region) => stsFailures.inc({ StsRegion: region }),
    setMappings(source, counts, loadedAt) {
      rules.set({ source }, counts.rules);
      invalid.set({ source }, counts.invalid);
      loadedAtSeconds.set({ source }, loadedAt.getTime() / 1_000);
    },
    forgetMappings(source) {
      for (const gauge of [rules, invalid, loadedAtSeconds, readSeconds, isLastRefused]) gauge.remove({ source });
    },
    watchMappingHashes: (read) => void (mappingHashes = read),
    observeMappingRead(source, isRefused, ms) {
      readings.inc({ source, result: isRefused ? "refused" : "in_force" });
      readSeconds.set({ source }, ms / 1_000);
      isLastRefused.set({ source }, Number(isRefused));
    },
    countReloadFailure: () => reloadFailures.inc(),
    watchConfig(startedAt, readHash) {
      configHash = readHash;
      configReloads.inc({ status: "success" }, 0);
      configReloads.inc({ status: "failure" }, 0);
      configReloadedAt.set({ status: "success" }, startedAt.getTime() / 1_000);
      configReloadedAt.set({ status: "failure" }, 0);
    },
    countConfigReload(isInForce, at) {
      const status = isInForce ? "success" : "failure";
      configReloads.inc({ status });
      configReloadedAt.set({ status }, at.getTime() / 1_000);
    },
    countConfigMapWatchFailure: () => configMapWatchFailures.inc(),
    countCrdWatchFailure: () => crdWatchFailures.inc(),
    countDynamicFileFailure: () => dynamicFileFailures.inc(),
    setDynamicFile({ isEnabled, isOnly }) {
      dynamicFileEnabled.set(Number(isEnabled));
      dynamicFileOnly.set(Number(isOnly));
    },
    countInstanceCall: () => ec2Calls.inc(),
    countStsCallSaved: (by) => savedCalls.inc({ by }),
    watchOpenStsHosts: (read) => void (openStsHosts = read),
    watchKeptDecisions: (read) => void (keptDecisions = read),
    countHeld: (seconds) => held.inc(seconds),
    observeLoopDelay: (seconds) => loopDelay.observe(seconds),
    watchConnections: (listener, read) => void openConnections.set(listener, read),
    countConnectionEnd: (listener, reason) => connectionEnds.inc({ listener, reason }),
    countCallerRefused: (reason) => callersRefused.inc({ reason }),
    countAcceptFailure: (listener) => acceptFailures.inc({ listener }),
    watchBodyBytes: (read) => void (bodyBytes = read),
    watchLostAuditRecords: (read) => void (lostAuditRecords = read),
    setCertificateExpiry: (notAfter) => expiry.set(notAfter.getTime() / 1_000),
    setCertificateStale: (isStale) => stale.set(Number(isStale)),
    async series() {
      return (await registry.getMetricsAsJSON()).map(({ name, help, type, values }) => ({
        kind: type as unknown === "gauge" ? "gauge" : "counter",
        names: type as unknown === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => `${name}${part}`) : [name],
        help,
        values: values.map(({ value, labels, ...one }) => ({
          // Those of a histogram's parts, which the package's types leave out.
          name: (one as { readonly metricName?: string }).metricName ?? name,
          value,
          labels: Object.fromEntries(Object.entries(labels).map(([key, label]) => [key, String(label)])),
        })),
      }));
    },
    async expose() {
      const prefixes = compat();
      const peers = prefixes.length === 0 ? "" : await ofPeers.metrics();
      const copies = prefixes.map((prefix) =>
        peers.replace(OWN_PREFIX, `$1${prefix}_`).replaceAll(UNKNOWN_USER, UNKNOWN_USER_OF_PEERS)
      );
      return { text: [await registry.metrics(), ...copies].join(""), contentType: registry.contentType };
    },
  };
}
