import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { exportMetrics } from "../../lib/telemetry/metrics_export.ts";
import { prepareSite } from "../support/server_process.ts";
import { startOtlpReceiver } from "../support/stand_ins/otlp_receiver.ts";
import { waitFor } from "../support/wait_for.ts";

Deno.test("a server exports its metrics under the names and labels that Prometheus has them by", async () => {
  await using receiver = startOtlpReceiver();
  await using site = await prepareSite("mapUsers: []");
  await using server = await site.start(undefined, { env: receiver.env });
  await site.review(DEMO_PRINCIPALS.alice);
  const refused = await waitFor(
    "the refusal to be counted",
    () =>
      receiver.values().find(({ name, attributes }) =>
        name === "ram_auth_authenticate_latency_seconds_count" && attributes["result"] === "unknown_user"
      ),
  );
  assert.equal(refused.value, 1);
  const exposed = await (await fetch(`${site.healthUrl}/metrics`)).text();
  const names = [...exposed.matchAll(/^(\w+)(?:\{| )/gm)].map(([, name]) => name);
  assert.deepEqual(new Set(receiver.values().map(({ name }) => name)), new Set(names));
  await server.stop("SIGTERM");
});

Deno.test("without OTEL_DENO no metric is read", () => {
  using _exporting = exportMetrics({ series: () => Promise.reject(new Error("read")) });
});
