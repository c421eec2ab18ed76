import assert from "node:assert/strict";
import { createConfigReader } from "../../../lib/cli/serve/config_reader.ts";
import { mappingSources } from "../../../lib/cli/serve/source_starters.ts";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import { createChain } from "../../../lib/mapping/chain.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startLiveChain } from "../../../lib/server/sources/live_chain.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { roleSession } from "../../mapping/support.ts";
import { waitFor } from "../../support/wait_for.ts";

const ROLE = "arn:aws:iam::123456789012:role/R";
const SESSION: Identity = { ...roleSession("R", "s", { canonicalArn: ROLE }), cloud: "aws" };
const MASTERS = `mapRoles: [{rolearn: "${ROLE}", username: u, groups: [system:masters]}]`;
const ALLOW = "  reservedPrefixConfig: [{backendMode: DynamicFile, systemNames: allow}]\n";

const config = (folder: string, more: string) =>
  `clusterID: c\nclouds: [aws]\nserver:\n  backendMode: [DynamicFile]\n  dynamicfilepath: ${folder}/dynamic.yaml\n${more}`;

async function settingsOf(folder: string) {
  return await loadSettings("server", new Map([["config", [`${folder}/config.yaml`]]]), realWorld());
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("reservations edited on a running server count for every source, also where the config file maps nobody", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config.yaml`, config(folder, ALLOW));
    await Deno.writeTextFile(`${folder}/dynamic.yaml`, MASTERS);
    const world = { ...fakeWorld(), fs: realWorld().fs };
    const log = createLog(world, { format: "text", level: "info" });
    const settings = await settingsOf(folder);
    const stop = new AbortController();
    const chain = await startLiveChain(mappingSources(world, settings, createConfigReader(settings, log)), {
      world,
      log,
      metrics: createMetrics([]),
      scrubber: createScrubber([]),
      clouds: [aws],
      signal: stop.signal,
    });
    try {
      const { map } = createChain(chain.sources);
      assert.deepEqual((await map(SESSION))?.groups, ["system:masters"]);
      const isRefused = () => map(SESSION).then(() => false, ({ code }) => code === "ERR_MAPPING_REFUSED");
      await Deno.writeTextFile(`${folder}/config.yaml`, config(folder, ""));
      await waitFor("the reservation to count", isRefused);
      assert.match(world.err(), /reserved names changed/);
      await Deno.writeTextFile(
        `${folder}/config.yaml`,
        config(folder, "  reservedPrefixConfig: [{backendMode: Nothing}]\n"),
      );
      await waitFor("the error to be told", () => Promise.resolve(/config file not reloaded/.test(world.err())));
      assert.equal(await isRefused(), true);
      assert.match(chain.warnings().join("\n"), /config file: not reloaded/);
      await Deno.writeTextFile(`${folder}/config.yaml`, config(folder, ALLOW));
      await waitFor("the right to count again", async () => !await isRefused());
      assert.doesNotMatch(chain.warnings().join("\n"), /config file/);
    } finally {
      stop.abort();
      await chain[Symbol.asyncDispose]();
    }
  });
});

for (
  const [what, text] of [
    ["another cluster's", "clusterID: other\nserver: {mapUsers: []}"],
    ["without any mapping", "clusterID: c\n"],
    ["without its cluster", "server: {mapUsers: []}"],
  ] as const
) {
  Deno.test(`a config file that is ${what} by now is refused, and what was read before stays`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/config.yaml`;
      await Deno.writeTextFile(path, config(folder, "  mapUsers: []\n" + ALLOW));
      const reader = createConfigReader(
        await settingsOf(folder),
        createLog(fakeWorld(), { format: "text", level: "info" }),
      );
      await reader.read();
      await Deno.writeTextFile(path, text);
      await assert.rejects(reader.read(), { code: "ERR_MAPPINGS_UNREADABLE" });
      assert.equal(reader.reserved.get("DynamicFile")?.allowsSystemNames, true);
    });
  });
}

Deno.test("a reservation for a source that is not in use is warned of at the start", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/config.yaml`,
      config(folder, `  reservedPrefixConfig: [{backendMode: ConfigMap, usernamePrefixReserveList: ["a"]}]\n`),
    );
    const world = fakeWorld();
    const reader = createConfigReader(
      await settingsOf(folder),
      createLog(world, { format: "text", level: "info" }),
    );
    await reader.read();
    assert.match(
      world.err(),
      /WARN +config file problem why="line 6: Cannot protect EKSConfigMap by reservedPrefixConfig/,
    );
    assert.match(reader.warnings().join(), /^config file: line 6: Cannot protect EKSConfigMap /);
  });
});
