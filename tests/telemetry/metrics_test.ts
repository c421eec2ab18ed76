import assert from "node:assert/strict";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { VERSION } from "../../lib/version.ts";

Deno.test("metrics are counted under the names that dashboards match", async () => {
  const metrics = createMetrics();
  metrics.observeReview("success", 0.02);
  metrics.observeReview("unknown_user", 3);
  metrics.countStsAnswer("cn-hangzhou", 200, false);
  metrics.countStsAnswer("cn-hangzhou", 400, true);
  metrics.countStsFailure("global");
  metrics.setMappings("MountedFile", { rules: 3, invalid: 1 }, new Date("2026-01-02T03:04:05Z"));
  metrics.countReloadFailure();
  metrics.countConfigMapWatchFailure();
  metrics.countCrdWatchFailure();
  metrics.countDynamicFileFailure();
  metrics.setDynamicFile({ isEnabled: true, isOnly: false });
  metrics.countInstanceCall();
  metrics.setCertificateExpiry(new Date("2027-01-02T03:04:05Z"));
  const { text, contentType } = await metrics.expose();
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  const lines = text.split("\n");
  for (
    const line of [
      'ram_auth_authenticate_latency_seconds_count{result="success"} 1',
      'ram_auth_authenticate_latency_seconds_bucket{le="0.01",result="success"} 0',
      'ram_auth_authenticate_latency_seconds_bucket{le="0.025",result="success"} 1',
      'ram_auth_authenticate_latency_seconds_count{result="unknown_user"} 1',
      'ram_auth_sts_responses_total{ResponseCode="200",StsRegion="cn-hangzhou"} 1',
      'ram_auth_sts_responses_total{ResponseCode="400",StsRegion="cn-hangzhou"} 1',
      'ram_auth_sts_throttling_total{StsRegion="cn-hangzhou"} 1',
      'ram_auth_sts_connection_failures_total{StsRegion="global"} 1',
      'ram_auth_mapping_rules{source="MountedFile"} 3',
      'ram_auth_mapping_entries_invalid{source="MountedFile"} 1',
      'ram_auth_mapping_loaded_timestamp_seconds{source="MountedFile"} 1767323045',
      "ram_auth_reload_failures_total 1",
      "ram_auth_configmap_watch_failures_total 1",
      "ram_auth_crd_watch_failures_total 1",
      "ram_auth_dynamicfile_failures_total 1",
      "ram_auth_dynamic_file_enabled 1",
      "ram_auth_dynamic_file_only 0",
      "ram_auth_ec2_describe_instances_calls_total 1",
      "ram_auth_serving_certificate_expiry_timestamp_seconds 1798859045",
      `ram_auth_build_info{version="${VERSION}",commit="source"} 1`,
    ]
  ) {
    assert(lines.includes(line), `${line}\nis not in\n${text}`);
  }
});

Deno.test("two servers in one process count apart", async () => {
  const [busy, idle] = [createMetrics(), createMetrics()];
  busy.countReloadFailure();
  assert.match((await busy.expose()).text, /^ram_auth_reload_failures_total 1$/m);
  assert.match((await idle.expose()).text, /^ram_auth_reload_failures_total 0$/m);
});

/** What the peers have, without their prefixes. */
const NAMES_OF_PEERS = [
  "authenticate_latency_seconds",
  "configmap_watch_failures_total",
  "dynamic_file_enabled",
  "dynamic_file_only",
  "dynamicfile_failures_total",
  "ec2_describe_instances_calls_total",
  "sts_connection_failures_total",
  "sts_responses_total",
  "sts_throttling_total",
];

/** How a review ends there, as they spell it. */
const RESULTS_OF_PEERS = [
  "success",
  "denied",
  "invalid_token",
  "malformed_request",
  "sts_error",
  "sts_throttling",
  "uknown_user",
] as const;

Deno.test("on request, the peers' names are beside ours, with the same values and labels, and no other name is", async () => {
  const prefixes = ["aws_iam_authenticator", "ack_ram_authenticator"] as const;
  const metrics = createMetrics(() => prefixes);
  for (const result of RESULTS_OF_PEERS) {
    metrics.observeReview(result === "uknown_user" ? "unknown_user" : result, 0.02);
  }
  metrics.countStsAnswer("ram_auth_", 400, true);
  metrics.countStsFailure("global");
  metrics.countInstanceCall();
  metrics.countReloadFailure();
  metrics.countConfigMapWatchFailure();
  metrics.countDynamicFileFailure();
  metrics.setDynamicFile({ isEnabled: true, isOnly: true });
  const lines = (await metrics.expose()).text.split("\n");
  const isShared = (line: string) => NAMES_OF_PEERS.some((name) => line.includes(`ram_auth_${name}`));
  const ours = lines.filter(isShared);
  for (const prefix of prefixes) {
    const theirs = lines.filter((line) => line.includes(`${prefix}_`));
    const spelled = ours.map((line) =>
      line.replace("ram_auth_", `${prefix}_`).replace('"unknown_user"', '"uknown_user"')
    );
    assert.deepEqual(theirs, spelled);
    for (const result of RESULTS_OF_PEERS) {
      assert(theirs.includes(`${prefix}_authenticate_latency_seconds_count{result="${result}"} 1`), result);
    }
    assert(theirs.includes(`${prefix}_sts_connection_failures_total{StsRegion="global"} 1`));
    assert(theirs.includes(`${prefix}_sts_throttling_total{StsRegion="ram_auth_"} 1`));
    const types = theirs.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2]);
    assert.deepEqual(types.sort(), NAMES_OF_PEERS.map((name) => `${prefix}_${name}`));
    assert(theirs.includes(`${prefix}_sts_responses_total{ResponseCode="400",StsRegion="ram_auth_"} 1`));
    assert(theirs.includes(`${prefix}_dynamic_file_only 1`));
  }
});

Deno.test("unless it is asked for, no name of a peer is shown", async () => {
  assert.doesNotMatch((await createMetrics().expose()).text, /authenticator/);
});
