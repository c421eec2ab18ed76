/**
 * Metrics, exported by Deno's own OpenTelemetry where its environment asks for them: every series of the registry, under
 * the name and with the labels that Prometheus has it by.
 *
 * Not by instruments that the runtime reads when it sends: at the end of the process it can wait for that for ever (seen
 * on 2.9.6), because the thread that would answer is the one that waits.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import type { Metrics } from "./metrics.ts";
import { exportedSignals } from "./spans.ts";

type Labels = Readonly<Record<string, string>>;

/** The part of `Deno.telemetry`, which has no types of its own, in use. */
interface RuntimeMeter {
  createCounter(name: string, options: { readonly description: string }): { add(more: number, labels: Labels): void };
  createGauge(name: string, options: { readonly description: string }): { record(value: number, labels: Labels): void };
}

/** How often they are handed over; the runtime sends them once a minute. */
const HAND_OVER_MS = 5_000;

/** Hands them over until it is disposed of. Never throws. */
export function exportMetrics({ series }: Pick<Metrics, "series">): Disposable {
  if (!exportedSignals().metrics) return { [Symbol.dispose]: () => {} };
  const { meterProvider } = (Deno as unknown as {
    telemetry: { meterProvider: { getMeter(name: string, version: string): RuntimeMeter } };
  }).telemetry;
  const meter = meterProvider.getMeter("ram-auth", VERSION);
  const takers = new Map<string, (value: number, labels: Labels) => void>();
  const takerOf = (name: string, kind: "counter" | "gauge", description: string) => {
    const made = takers.get(name) ?? (kind === "gauge" ? gauge : counter)(meter, name, description);
    takers.set(name, made);
    return made;
  };
  const handOver = async () => {
    for (const { kind, help, values } of await series()) {
      for (const { name, value, labels } of values) takerOf(name, kind, help)(value, labels);
    }
  };
  const timer = setInterval(() => void handOver().catch(() => {}), HAND_OVER_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function gauge(meter: RuntimeMeter, name: string, description: string) {
  const instrument = meter.createGauge(name, { description });
  return (value: number, labels: Labels) => instrument.record(value, labels);
}

/** A counter of the runtime takes what was added. */
function counter(meter: RuntimeMeter, name: string, description: string) {
  const instrument = meter.createCounter(name, { description });
  const before = new Map<string, number>();
  return (value: number, labels: Labels) => {
    const key = JSON.stringify(labels);
    instrument.add(Math.max(0, value - (before.get(key) ?? 0)), labels);
    before.set(key, value);
  };
}
