import assert from "node:assert/strict";
import { readTextAndHash } from "../../../lib/files.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startMountedFile } from "../../../lib/server/sources/mounted_file.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { worldThatTellsOfLooks } from "../../support/looks.ts";
import { waitFor } from "../../support/wait_for.ts";
import { ACCOUNT, roleSession, rulesOf } from "../../mapping/support.ts";

Deno.test("a config file with a section that cannot be read leaves in force what was, and is told until it is mended", async () => {
  const good = `mapRoles: [{rolearn: "acs:ram::${ACCOUNT}:role/Admin", username: admin}]`;
  let text = good;
  let log = "";
  const world = { ...realWorld(), stderr: { isTerminal: false, write: (line: string) => void (log += line) } };
  const stop = new AbortController();
  const metrics = createMetrics();
  const read = () => Promise.resolve({ parsed: rulesOf(text), reserved: new Map() });
  await using stack = new AsyncDisposableStack();
  const live = stack.use(
    await startMountedFile({ path: undefined, read })({
      world,
      log: createLog(world, { format: "text", level: "error" }),
      metrics,
      scrubber: createScrubber(() => []),
      clouds: [],
      signal: stop.signal,
    }),
  );
  stack.defer(() => stop.abort());
  const isMapped = () => live.source.find(roleSession("Admin", "s"))?.kind === "arn";
  assert.deepEqual([isMapped(), live.warnings()], [true, []]);

  text = "mapRoles: oops";
  await live.reload();
  assert.equal(isMapped(), true);
  assert.match(live.warnings().join(), /MountedFile: not reloaded at .*; the old rules stay in force/);
  assert.match(log, /ERROR mappings not reloaded; the old ones stay in force/);
  assert.match((await metrics.expose()).text, /ram_auth_reload_failures_total 1/);

  text = good;
  await live.reload();
  assert.deepEqual([isMapped(), live.warnings()], [true, []]);
});

for (
  const [what, between, isGood] of [
    ["good", `mapRoles: [{rolearn: "acs:ram::${ACCOUNT}:role/Other", username: other}]`, true],
    ["bad", "mapRoles: oops", false],
  ] as const
) {
  Deno.test(`a config file that is as before again counts, where a reload took up a ${what} one that the watch never saw`, async () => {
    const good = `mapRoles: [{rolearn: "acs:ram::${ACCOUNT}:role/Admin", username: admin}]`;
    const folder = await Deno.makeTempDir({ prefix: "mounted-" });
    const path = `${folder}/config.yaml`;
    await Deno.writeTextFile(path, good);
    let taken: string | undefined;
    let looks = 0;
    const real = worldThatTellsOfLooks(() => void (looks += 1));
    const event = Promise.withResolvers<IteratorResult<Deno.FsEvent>>();
    // Of this folder an event is told when the test says so.
    const watchFs = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => event.promise }),
      close() {},
    } as unknown as Deno.FsWatcher);
    const world = { ...real, stderr: { isTerminal: false, write() {} }, fs: { ...real.fs, watchFs } };
    const stop = new AbortController();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const live = stack.use(
      await startMountedFile({
        path,
        async read() {
          const { text, hash } = await readTextAndHash(realWorld(), path, { what: "the config file", maxBytes: 1_024 });
          taken = hash;
          return { parsed: rulesOf(text()), reserved: new Map() };
        },
        taken: () => taken,
      })({
        world,
        log: createLog(world, { format: "text", level: "error" }),
        metrics: createMetrics(),
        scrubber: createScrubber(() => []),
        clouds: [],
        signal: stop.signal,
      }),
    );
    stack.defer(() => stop.abort());
    const isMapped = () => live.source.find(roleSession("Admin", "s"))?.kind === "arn";
    await waitFor("the watch's look", () => looks === 1);
    await Deno.writeTextFile(path, between);
    await live.reload();
    assert.deepEqual([isMapped(), live.warnings().length], [!isGood, isGood ? 0 : 1]);

    await Deno.writeTextFile(path, good);
    event.resolve({ done: false, value: { kind: "modify", paths: [path] } as Deno.FsEvent });
    await waitFor("the file of before to count", () => isMapped() && live.warnings().length === 0);
  });
}
