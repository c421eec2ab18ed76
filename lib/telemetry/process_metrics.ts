/**
 * What the process takes of its machine, under the names that Prometheus' own clients give it. Each takes a fraction of a
 * millisecond. How many descriptors are open is not among it: the runtime shows `/proc/self/fd` and `/proc/self/limits`
 * only to programs that may do everything.
 *
 * @module
 */

import process from "node:process";
import { Counter, Gauge, type Registry } from "prom-client";

/** Adds them to registries. */
export function addProcessMetrics(registers: readonly Registry[]): void {
  const own = { registers: [...registers] };
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes",
    ...own,
    collect() {
      this.set(Deno.memoryUsage().rss);
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time in seconds",
    ...own,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({ name: "process_start_time_seconds", help: "Start time since 1970 in seconds", ...own })
    .set(performance.timeOrigin / 1_000);
}
