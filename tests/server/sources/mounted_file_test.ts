import assert from "node:assert/strict";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startMountedFile } from "../../../lib/server/sources/mounted_file.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
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
      scrubber: createScrubber([]),
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
