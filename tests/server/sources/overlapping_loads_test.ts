import assert from "node:assert/strict";
import { loadCloud } from "../../../lib/clouds/registry.ts";
import { isUsable } from "../../../lib/mapping/rule.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startDynamicFile } from "../../../lib/server/sources/dynamic_file.ts";
import { startLiveChain } from "../../../lib/server/sources/live_chain.ts";
import type { LiveParts, LiveSource } from "../../../lib/server/sources/live_source.ts";
import { startMountedFile } from "../../../lib/server/sources/mounted_file.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld, type World } from "../../../lib/world.ts";
import { ACCOUNT, nameOf, rulesOf } from "../../mapping/support.ts";

const rolesOf = (username: string) => `mapRoles: [{rolearn: "acs:ram::${ACCOUNT}:role/Admin", username: ${username}}]`;

function usernamesOf({ source }: LiveSource): string {
  return source.rules().filter(isUsable).map(nameOf).join();
}

async function partsOf(signal: AbortSignal, changed: Partial<World["fs"]> = {}): Promise<LiveParts> {
  const quiet = { isTerminal: false, write: () => {} };
  const world = { ...realWorld(), stderr: quiet, fs: { ...realWorld().fs, ...changed } };
  const log = createLog(world, { format: "text", level: "error" });
  const clouds = [await loadCloud("alibaba")];
  return { world, log, metrics: createMetrics(), clouds, scrubber: createScrubber(() => []), signal };
}

Deno.test("of two loads of the config file at once, the one that began later is in force", async () => {
  const stop = new AbortController();
  const slow = Promise.withResolvers<void>();
  const texts = ["one", "two", "three"];
  const start = startMountedFile({
    path: undefined,
    async read() {
      const username = texts.shift()!;
      if (username === "two") await slow.promise;
      return { parsed: rulesOf(rolesOf(username)), reserved: new Map() };
    },
  });
  await using stack = new AsyncDisposableStack();
  const live = stack.use(await start(await partsOf(stop.signal)));
  stack.defer(() => stop.abort());
  const loads = [live.reload(), live.reload()];
  // Time enough for the later one to overtake, if it may.
  await new Promise((resolve) => setTimeout(resolve));
  slow.resolve();
  await Promise.all(loads);
  assert.equal(usernamesOf(live), "three");
});

Deno.test("of two loads of a dynamic file at once, the one that began later is in force", async () => {
  const folder = await Deno.makeTempDir({ prefix: "overlap-" });
  const path = `${folder}/mappings.yaml`;
  const replace = async (username: string) => {
    await Deno.writeTextFile(`${path}.new`, rolesOf(username));
    await Deno.rename(`${path}.new`, path);
  };
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<void>();
  let isNextSlow = false;
  let opens = 0;
  const open: typeof Deno.open = async (name, options) => {
    opens += 1;
    const file = await Deno.open(name, options);
    if (!isNextSlow) return file;
    isNextSlow = false;
    const read = file.read.bind(file);
    file.read = async (buffer) => {
      await slow.promise;
      return await read(buffer);
    };
    opened.resolve();
    return file;
  };
  const watchFs = () => {
    throw new Error("only reload() loads in this test");
  };
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await replace("one");
  const start = startDynamicFile({ path, userIdStrict: false, reserved: new Map() });
  const live = stack.use(await start(await partsOf(stop.signal, { open, watchFs })));
  // What is open at the end, also where this test fails in between.
  stack.defer(() => (stop.abort(), slow.resolve()));
  await replace("two");
  isNextSlow = true;
  const first = live.reload();
  await opened.promise;
  await replace("three");
  const opensOfTheFirst = opens;
  const second = live.reload();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(opens, opensOfTheFirst, "the second load begins before the first has ended");
  slow.resolve();
  await Promise.all([first, second]);
  assert.equal(usernamesOf(live), "three");
});

Deno.test("the config file is read by one reload at a time, also where it maps nobody", async () => {
  await using stack = new AsyncDisposableStack();
  const stop = new AbortController();
  let reading = 0;
  let most = 0;
  let times = 0;
  const read = async () => {
    times += 1;
    most = Math.max(most, ++reading);
    await new Promise((resolve) => setTimeout(resolve));
    reading -= 1;
    return { parsed: rulesOf(""), reserved: new Map() };
  };
  const chain = await startLiveChain({
    modes: ["CRD"],
    modeFile: undefined,
    config: { path: undefined, read, warnings: () => [] },
    starterOf: () => () =>
      Promise.resolve({
        source: { name: "CRD", policy: undefined!, find: () => undefined, rules: () => [], problems: () => [] },
        reload: () => Promise.resolve(),
        facts: () => [],
        warnings: () => [],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  }, await partsOf(stop.signal));
  stack.use(chain);
  stack.defer(() => stop.abort());
  await Promise.all([chain.reload(), chain.reload(), chain.reload()]);
  assert.deepEqual({ most, times }, { most: 1, times: 4 });
});
