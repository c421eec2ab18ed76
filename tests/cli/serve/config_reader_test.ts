import assert from "node:assert/strict";
import { RamAuthError } from "../../../lib/errors.ts";
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
import { worldThatTellsOfLooks } from "../../support/looks.ts";
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
      metrics: createMetrics(),
      scrubber: createScrubber(() => []),
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

for (const mode of ["MountedFile", "DynamicFile"] as const) {
  Deno.test(`a reload reads the config file once, where the sources are ${mode}`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/dynamic.yaml`, MASTERS);
      const text = config(folder, MASTERS.replace(/^/, "  ")).replace("[DynamicFile]", `[${mode}]`);
      await Deno.writeTextFile(`${folder}/config.yaml`, text);
      const reads: string[] = [];
      const real = worldThatTellsOfLooks(() => {});
      const open: typeof Deno.open = (path, options) => {
        reads.push(String(path));
        return real.fs.open(path, options);
      };
      const world = { ...fakeWorld(), fs: { ...real.fs, open, watchFs: () => assert.fail("only reload() reads") } };
      const settings = await loadSettings("server", new Map([["config", [`${folder}/config.yaml`]]]), world);
      const ofConfig = () => reads.filter((path) => path.endsWith("config.yaml")).length;
      const stop = new AbortController();
      const log = createLog(world, { format: "text", level: "info" });
      const metrics = createMetrics();
      const chain = await startLiveChain(mappingSources(world, settings, createConfigReader(settings, log)), {
        world,
        log,
        metrics,
        scrubber: createScrubber(() => []),
        clouds: [aws],
        signal: stop.signal,
      });
      try {
        await waitFor("the watches' first looks", () => ofConfig() === (mode === "MountedFile" ? 3 : 2));
        const before = ofConfig();
        await chain.reload();
        assert.equal(ofConfig() - before, 1);
        assert.match((await metrics.expose()).text, /^ram_auth_config_reloads_total{status="success"} 1$/m);
      } finally {
        stop.abort();
        await chain[Symbol.asyncDispose]();
      }
    });
  });
}

Deno.test("a reload that fails keeps every option as it was", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/config.yaml`;
    const good = "  mapUsers: []\n  cache: {ttl: 10}\n  scrubbedAccounts: ['123456789012']\n  logVerbosity: warn\n";
    await Deno.writeTextFile(path, config(folder, good));
    const settings = await settingsOf(folder);
    const world = fakeWorld();
    const log = createLog(world, { format: "text", level: "warn" });
    const reader = createConfigReader(settings, log);
    reader.live.follow(async ({ endpoint }) => {
      await aws.createReader(endpoint, () => Promise.resolve(true));
      return () => {};
    });
    (await reader.read()).takeUp?.();
    const before = { values: reader.live.current, hash: reader.hash(), reserved: [...reader.reserved] };
    const changed = config(
      folder,
      ALLOW + good.replace("10}", "20}").replace("'123456789012'", "").replace("warn", "debug"),
    );
    for (
      const [what, text] of [
        ["a host of STS that is none", `${changed}  stsHosts: ["https://sts.example"]\n`],
        ["a reservation of no source", `${changed.replace(ALLOW, "")}  reservedPrefixConfig: [{backendMode: x}]\n`],
        ["a key that there is not", `${changed}  mapUserz: []\n`],
        ["a file that is not YAML", `${changed}  {`],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(reader.read(), RamAuthError, what);
      assert.deepEqual(
        { values: reader.live.current, hash: reader.hash(), reserved: [...reader.reserved] },
        before,
        what,
      );
    }
    log.info("not at this level");
    assert.equal(world.err(), "");
    await Deno.writeTextFile(path, changed);
    (await reader.read()).takeUp?.();
    assert.equal(reader.live.current.cacheTtlMs, 20_000);
    assert.notEqual(reader.hash(), before.hash);
    log.debug("at this level");
    assert.match(world.err(), /DEBUG at this level/);
  });
});

Deno.test("options that wait for a restart are told once, with those that do so by following from rules, until they are as before", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/config.yaml`;
    const rules = (arn: string) => `clusterID: c\nserver:\n  mapUsers: [{userarn: "${arn}", username: u}]\n`;
    const started = rules("acs:ram::1234567890123456:user/u");
    await Deno.writeTextFile(path, started);
    const world = fakeWorld();
    const reader = createConfigReader(await settingsOf(folder), createLog(world, { format: "json", level: "info" }));
    (await reader.read()).takeUp?.();
    const reload = async (text: string) => {
      const from = world.err().length;
      await Deno.writeTextFile(path, text);
      (await reader.read()).takeUp?.();
      return world.err().slice(from);
    };
    const changed = `${rules("arn:aws:iam::123456789012:user/u")}  port: 1\n  cache: {ttl: 5}\n`;
    const waiting = /"options":\["port","clouds"\],"message":"options changed that take effect on a restart"/;
    const told = await reload(changed);
    assert.match(told, waiting);
    assert.match(told, /"options":\["cache-ttl"\],"message":"options changed"/);
    assert.match(reader.warnings().join("\n"), /^config file: changes that take effect on a restart: port, clouds$/m);
    assert.doesNotMatch(await reload(`${changed}# again\n`), /options changed/);
    assert.doesNotMatch(await reload(started), /on a restart/);
    assert.doesNotMatch(reader.warnings().join("\n"), /on a restart/);
    assert.match(await reload(changed), waiting);
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
      (await reader.read()).takeUp?.();
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
    (await reader.read()).takeUp?.();
    assert.match(
      world.err(),
      /WARN +config file problem why="line 6: Cannot protect EKSConfigMap by reservedPrefixConfig/,
    );
    assert.match(reader.warnings().join(), /^config file: line 6: Cannot protect EKSConfigMap /);
  });
});
