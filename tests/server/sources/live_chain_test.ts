import assert from "node:assert/strict";
import type { BackendMode } from "../../../lib/mapping/backend_mode.ts";
import { createRuleSource } from "../../../lib/mapping/rule_source.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startLiveChain } from "../../../lib/server/sources/live_chain.ts";
import type { LiveParts, StartSource } from "../../../lib/server/sources/live_source.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { waitFor } from "../../support/wait_for.ts";

/** Sources that do nothing but say when they start and end. */
function tellTales(events: string[]) {
  return (mode: BackendMode): StartSource => ({ signal }) => {
    if (mode === "CRD") return Promise.reject(new Error("no CRD here"));
    events.push(`${mode} starts`);
    return Promise.resolve({
      source: createRuleSource(mode, { clouds: [] }),
      reload: () => Promise.resolve(void events.push(`${mode} reloads`)),
      facts: () => [mode],
      warnings: () => [],
      [Symbol.asyncDispose]() {
        assert.ok(signal.aborted, "a source is told to stop before it is waited for");
        events.push(`${mode} ends`);
        return Promise.resolve();
      },
    });
  };
}

function partsOf(signal: AbortSignal): LiveParts {
  const world = { ...realWorld(), stderr: { isTerminal: false, write: () => {} } };
  const log = createLog(world, { format: "json", level: "error" });
  return { world, log, metrics: createMetrics(), scrubber: createScrubber(() => []), clouds: [], signal };
}

Deno.test("sources start in their order, reload, and end with the server", async () => {
  const events: string[] = [];
  const stop = new AbortController();
  const chain = await startLiveChain(
    { modes: ["MountedFile", "DynamicFile"], starterOf: tellTales(events), modeFile: undefined },
    partsOf(stop.signal),
  );
  assert.deepEqual(chain.sources().map(({ name }) => name), ["MountedFile", "DynamicFile"]);
  assert.deepEqual(chain.facts(), ["MountedFile", "DynamicFile"]);
  await chain.reload();
  stop.abort();
  await chain[Symbol.asyncDispose]();
  assert.deepEqual(events, [
    ...["MountedFile starts", "DynamicFile starts", "MountedFile reloads", "DynamicFile reloads"],
    ...["MountedFile ends", "DynamicFile ends"],
  ]);
});

Deno.test("the mappings were read once each source was, and not before", async () => {
  const told = new Map<BackendMode, (count: number) => void>();
  const tales = tellTales([]);
  const starterOf = (mode: BackendMode): StartSource => (parts) => {
    told.set(mode, parts.onRules!);
    if (mode === "MountedFile") parts.onRules!(1);
    return tales(mode)(parts);
  };
  const stop = new AbortController();
  const modes = ["MountedFile", "ACKConfigMap"] as const;
  const chain = await startLiveChain({ modes, starterOf, modeFile: undefined }, partsOf(stop.signal));
  const isRead = () => Promise.race([chain.read.then(() => true), Promise.resolve().then(() => {}).then(() => false)]);
  assert.equal(await isRead(), false);
  told.get("ACKConfigMap")!(0);
  assert.equal(await isRead(), true);
  stop.abort();
  await chain[Symbol.asyncDispose]();
});

Deno.test("a source that can never work leaves none running", async () => {
  const events: string[] = [];
  const options = { modes: ["MountedFile", "CRD"], starterOf: tellTales(events), modeFile: undefined } as const;
  await assert.rejects(startLiveChain(options, partsOf(new AbortController().signal)), /no CRD here/);
  assert.deepEqual(events, ["MountedFile starts", "MountedFile ends"]);
});

Deno.test("a file switches the sources while the server runs; one that is gone switches back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "live-chain-" });
  const modeFile = `${folder}/modes.json`;
  const write = (text: string) => replaceFile(modeFile, text);
  const events: string[] = [];
  const stop = new AbortController();
  try {
    await write('{"backendMode": "DynamicFile MountedFile"}');
    const parts = partsOf(stop.signal);
    const dynamicFile = async () =>
      [...(await parts.metrics.expose()).text.matchAll(/^ram_auth_dynamic_file_(.+)$/gm)].map(([, value]) => value)
        .join();
    assert.equal(await dynamicFile(), "enabled 0,only 0");
    const chain = await startLiveChain({ modes: ["MountedFile"], starterOf: tellTales(events), modeFile }, parts);
    const names = () => chain.sources().map(({ name }) => name).join();
    assert.equal(names(), "DynamicFile,MountedFile");
    assert.equal(await dynamicFile(), "enabled 1,only 0");
    await write('{"backendMode": "DynamicFile"}');
    await waitFor("the mounted file to go", () => names() === "DynamicFile");
    await waitFor("it to end", () => events.includes("MountedFile ends"));
    assert.equal(await dynamicFile(), "enabled 1,only 1");
    for (const broken of ["{", '{"backendMode": "Oracle"}', '{"backendMode": "CRD"}']) {
      await write(broken);
      await waitFor("a warning", () => chain.warnings().length === 1);
      assert.equal(names(), "DynamicFile");
    }
    await write('{"backendMode": "DynamicFile ACKConfigMap CRD"}');
    await waitFor("what was started beside one that fails to end", () => events.includes("ACKConfigMap ends"));
    assert.equal(names(), "DynamicFile");
    await Deno.remove(modeFile);
    await waitFor("the configured sources", () => names() === "MountedFile");
    await waitFor("the warning to go", () => chain.warnings().length === 0);
    assert.equal(await dynamicFile(), "enabled 0,only 0");
    stop.abort();
    await chain[Symbol.asyncDispose]();
    assert.equal(events.filter((event) => event === "DynamicFile starts").length, 1);
  } finally {
    stop.abort();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a source that is asked no more leaves the metrics, so that no sum counts its rules", async () => {
  const folder = await Deno.makeTempDir({ prefix: "live-chain-" });
  const modeFile = `${folder}/modes.json`;
  const stop = new AbortController();
  const parts = partsOf(stop.signal);
  const starterOf = (mode: BackendMode): StartSource => (parts) => {
    parts.metrics.observeMappingRead(mode, mode === "DynamicFile", 1);
    parts.metrics.setMappings(mode, { rules: 3, invalid: 1 }, new Date());
    return tellTales([])(mode)(parts);
  };
  const shown = async () =>
    [...(await parts.metrics.expose()).text.matchAll(/^ram_auth_mapping_(\w+)\{source="DynamicFile"\}/gm)]
      .map(([, name]) => name);
  try {
    const chain = await startLiveChain({ modes: ["MountedFile", "DynamicFile"], starterOf, modeFile }, parts);
    assert.deepEqual(await shown(), [
      "rules",
      "entries_invalid",
      "loaded_timestamp_seconds",
      "read_seconds",
      "refused",
    ]);
    await replaceFile(modeFile, '{"backendMode": "MountedFile"}');
    await waitFor("it to leave", async () => (await shown()).length === 0);
    assert.match((await parts.metrics.expose()).text, /^ram_auth_mapping_rules\{source="MountedFile"\} 3$/m);
    stop.abort();
    await chain[Symbol.asyncDispose]();
  } finally {
    stop.abort();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("that there is no rule is told once all sources were read, and only where none has one", async () => {
  const counts: Partial<Record<BackendMode, (count: number) => void>> = {};
  const starterOf = (mode: BackendMode): StartSource => ({ onRules, signal }) => {
    counts[mode] = onRules!;
    return tellTales([])(mode)({ ...partsOf(signal), signal });
  };
  const stop = new AbortController();
  const modes = ["MountedFile", "DynamicFile"] as const;
  await using chain = await startLiveChain({ modes, starterOf, modeFile: undefined }, partsOf(stop.signal));
  const isTold = () =>
    chain.warnings().some((warning) => warning.startsWith("mappings: No mapping source holds a rule"));
  const seen = [isTold()];
  for (
    const [mode, count] of [["MountedFile", 0], ["DynamicFile", 1], ["DynamicFile", 0], ["MountedFile", 2]] as const
  ) {
    counts[mode]!(count);
    seen.push(isTold());
  }
  stop.abort();
  assert.deepEqual(seen, [false, false, false, true, false]);
});
