import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";

async function shown(name: string): Promise<number> {
  const { text } = await createMetrics().expose();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

Deno.test("memory, CPU time and start are those of this process", async () => {
  const rss = await shown("process_resident_memory_bytes");
  assert.ok(Math.abs(rss - Deno.memoryUsage().rss) < 64 * 1024 * 1024, `${rss}`);

  const before = await shown("process_cpu_seconds_total");
  await waitFor("50 ms of work to show", async () => {
    for (const endMs = performance.now() + 20; performance.now() < endMs;);
    return await shown("process_cpu_seconds_total") > before + 0.05;
  });

  assert.equal(await shown("process_start_time_seconds"), performance.timeOrigin / 1_000);
});
