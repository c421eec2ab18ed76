/**
 * The server's metrics, in Prometheus' text form. One table of names; knows nothing of the events behind them.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { VERSION } from "../version.ts";

/** How a review ended, in the peers' words; `uknown_user` is spelled as they spell it, because dashboards match it. */
export type ReviewResult =
  | "success"
  | "denied"
  | "invalid_token"
  | "malformed_request"
  | "sts_error"
  | "sts_throttling"
  | "uknown_user"
  | "internal_error";

/** Bounds of the latency histogram, in seconds: around what STS takes, up to two calls' deadlines. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 5];

/** Where events are counted. */
export interface Metrics {
  observeReview(result: ReviewResult, seconds: number): void;
  countStsAnswer(region: string, status: number, throttled: boolean): void;
  countStsFailure(region: string): void;
  /** A source's rules are in force as of `loadedAt`. */
  setMappings(source: string, counts: { rules: number; setAside: number }, loadedAt: Date): void;
  countReloadFailure(): void;
  countEc2Call(): void;
  setCertificateExpiry(notAfter: Date): void;
  /** Everything, in the text form, and its media type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** Makes a registry of its own, so that two servers in one process count apart. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const latency = new Histogram({
    name: "ram_auth_authenticate_latency_seconds",
    help: "Time that a TokenReview took, by how it ended",
    labelNames: ["result"],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers,
  });
  const stsResponses = new Counter({
    name: "ram_auth_sts_responses_total",
    help: "Answers of STS, by HTTP status",
    labelNames: ["ResponseCode", "StsRegion"],
    registers,
  });
  const stsFailures = new Counter({
    name: "ram_auth_sts_connection_failures_total",
    help: "Reviews in which STS gave no answer",
    labelNames: ["StsRegion"],
    registers,
  });
  const stsThrottling = new Counter({
    name: "ram_auth_sts_throttling_total",
    help: "Answers of STS that asked for fewer calls",
    labelNames: ["StsRegion"],
    registers,
  });
  const rules = new Gauge({
    name: "ram_auth_mapping_rules",
    help: "Mapping rules in force",
    labelNames: ["source"],
    registers,
  });
  const setAside = new Gauge({
    name: "ram_auth_mapping_entries_set_aside",
    help: "Mapping entries that are broken and not in force",
    labelNames: ["source"],
    registers,
  });
  const loadedAtSeconds = new Gauge({
    name: "ram_auth_mapping_loaded_timestamp_seconds",
    help: "When the mappings in force were loaded",
    labelNames: ["source"],
    registers,
  });
  const reloadFailures = new Counter({
    name: "ram_auth_reload_failures_total",
    help: "Reloads that failed and left in force what was",
    registers,
  });
  const ec2Calls = new Counter({
    name: "ram_auth_ec2_describe_instances_calls_total",
    help: "Calls to EC2 for names of instances",
    registers,
  });
  const expiry = new Gauge({
    name: "ram_auth_serving_certificate_expiry_timestamp_seconds",
    help: "When the serving certificate ends",
    registers,
  });
  new Gauge({ name: "ram_auth_build_info", help: "The running version", labelNames: ["version"], registers })
    .set({ version: VERSION }, 1);
  return {
    observeReview: (result, seconds) => latency.observe({ result }, seconds),
    countStsAnswer(region, status, throttled) {
      stsResponses.inc({ ResponseCode: String(status), StsRegion: region });
      if (throttled) stsThrottling.inc({ StsRegion: region });
    },
    countStsFailure: (region) => stsFailures.inc({ StsRegion: region }),
    setMappings(source, counts, loadedAt) {
      rules.set({ source }, counts.rules);
      setAside.set({ source }, counts.setAside);
      loadedAtSeconds.set({ source }, loadedAt.getTime() / 1_000);
    },
    countReloadFailure: () => reloadFailures.inc(),
    countEc2Call: () => ec2Calls.inc(),
    setCertificateExpiry: (notAfter) => expiry.set(notAfter.getTime() / 1_000),
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
