import assert from "node:assert/strict";
import { createMetrics } from "../../lib/telemetry/metrics.ts";

async function shown(name: string): Promise<number> {
  const { text } = await createMetrics().expose();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

Deno.test("memory, CPU time and start are those of this process", async () => {
  const rss = await shown("process_resident_memory_bytes");
  assert.ok(Math.abs(rss - Deno.memoryUsage().rss) < 64 * 1024 * 1024, `${rss}`);

  const before = await shown("process_cpu_seconds_total");
  const endMs = performance.now() + 60;
  while (performance.now() < endMs) Math.sqrt(endMs);
  const took = await shown("process_cpu_seconds_total") - before;
  assert.ok(took > 0.01 && took < 60, `${took}`);

  assert.equal(await shown("process_start_time_seconds"), performance.timeOrigin / 1_000);
});
