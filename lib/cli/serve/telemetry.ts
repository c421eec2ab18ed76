/**
 * What the environment of a server asks of OpenTelemetry and does not get, or had better not ask.
 *
 * @module
 */

import type { Log } from "../../telemetry/log.ts";
import { exportedSignals } from "../../telemetry/spans.ts";
import type { World } from "../../world.ts";

/** Says so in the log. */
export function warnOfTelemetry({ env }: Pick<World, "env">, log: Log): void {
  const { traces, metrics } = exportedSignals();
  if (env("OTEL_DENO") === "true" && !traces && Deno.build.standalone) {
    log.warn("traces are not exported", {
      why: "the binary was compiled without OTEL_DENO=true; compile one with it, or run the bundle with Deno",
    });
  }
  if (metrics) {
    log.warn("the runtime's own metrics are exported", {
      why: "they count by request methods, which any client can invent; set OTEL_DENO_METRICS=false",
    });
  }
}
