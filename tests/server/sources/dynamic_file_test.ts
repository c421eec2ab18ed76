import assert from "node:assert/strict";
import { isUsable } from "../../../lib/mapping/rule.ts";
import { loadCloud } from "../../../lib/clouds/registry.ts";
import { MappingsNotReady } from "../../../lib/mapping/source.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startDynamicFile } from "../../../lib/server/sources/dynamic_file.ts";
import type { LiveSource } from "../../../lib/server/sources/live_source.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { ACCOUNT, nameOf, roleSession } from "../../mapping/support.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { waitFor } from "../../support/wait_for.ts";

/** Less than the time between two looks without an event, so that only an event can have told. */
const SOON = { timeoutMs: 20_000 };

interface Watched {
  readonly live: LiveSource;
  readonly path: string;
  log(): string;
  metrics(): Promise<string>;
  /** Waits until these, and no others, are the usernames in force. */
  inForce(...usernames: readonly string[]): Promise<void>;
}

/** Runs a source over a file that holds `first`, or is not there. */
async function running(first: string | undefined, body: (watched: Watched) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dynamic-file-" });
  const path = `${folder}/mappings.json`;
  if (first !== undefined) await Deno.writeTextFile(path, first);
  const stopping = new AbortController();
  let written = "";
  const world = { ...realWorld(), stderr: { write: (text: string) => void (written += text), isTerminal: false } };
  const metrics = createMetrics();
  const clouds = [await loadCloud("alibaba")];
  const log = createLog(world, { format: "text", level: "debug" });
  const parts = { world, log, metrics, clouds, scrubber: createScrubber(() => []), signal: stopping.signal };
  try {
    await using live = await startDynamicFile({ path, userIdStrict: false, reserved: new Map() })(parts);
    try {
      await body({
        live,
        path,
        log: () => written,
        metrics: async () => (await metrics.expose()).text,
        inForce: async (...usernames) => {
          await waitFor(`${usernames} to be in force`, () => sameTexts(usernamesOf(live), usernames), SOON);
        },
      });
    } finally {
      stopping.abort();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function usernamesOf({ source }: LiveSource): readonly string[] {
  return source.rules().filter(isUsable).map(nameOf);
}

function mapping(username: string): string {
  return JSON.stringify({
    LastUpdatedDateTime: "1700000000",
    Version: "1",
    mapRoles: [{ rolearn: `acs:ram::${ACCOUNT}:role/Admin`, username, groups: [] }],
    mapUsers: [],
    mapAccounts: [],
  });
}

Deno.test("a changed dynamic file is in force without anybody asking, also after it was replaced and removed", async () => {
  await running(mapping("one"), async ({ path, live, inForce, metrics }) => {
    await inForce("one");
    assert.match(live.facts().join(), /^mapping DynamicFile: 1 rules, loaded at /);
    assert.deepEqual(live.warnings(), []);
    await Deno.writeTextFile(path, mapping("two"));
    await inForce("two");
    await replaceFile(path, mapping("three"));
    await inForce("three");
    await Deno.remove(path);
    await waitFor("the loss to be told", () => live.warnings().length > 0, SOON);
    await inForce("three");
    await Deno.writeTextFile(path, mapping("four"));
    await inForce("four");
    assert.deepEqual(live.warnings(), []);
    assert.match(await metrics(), /ram_auth_mapping_rules\{source="DynamicFile"\} 1/);
  });
});

Deno.test("a dynamic file that is absent at the start leaves the source not ready, until it is there", async () => {
  await running(undefined, async ({ path, live, inForce }) => {
    const find = () => live.source.find(roleSession("Admin", "s"));
    assert.throws(find, (e) => e instanceof MappingsNotReady && e.retryable);
    assert.match(live.warnings().join(), /does not exist.*answered with 503/);
    assert.deepEqual(live.facts(), []);
    await Deno.writeTextFile(path, mapping("one"));
    await inForce("one");
    assert.notEqual(find(), undefined);
    assert.deepEqual(live.warnings(), []);
  });
});

for (
  const [what, text] of [
    ["is half written", mapping("two").slice(0, 60)],
    ["was emptied", ""],
    ["has no section any more", `{"Version": "2"}`],
    ["has a mistyped section", mapping("two").replace("mapRoles", "mapRole")],
    ["has a map where a list belongs", `{"mapRoles": {}, "mapUsers": []}`],
  ] as const
) {
  Deno.test(`a dynamic file that ${what} leaves the last good one in force`, async () => {
    await running(mapping("one"), async ({ path, live, inForce, log, metrics }) => {
      await Deno.writeTextFile(path, text);
      await waitFor("the failure to be told", () => live.warnings().length > 0, SOON);
      assert.match(live.warnings().join(), /what was read before stays in force/);
      assert.match(log(), /ERROR mappings not reloaded; the old ones stay in force/);
      assert.match(await metrics(), /ram_auth_reload_failures_total [12]/);
      assert.match(await metrics(), /ram_auth_dynamicfile_failures_total [1-9]/);
      await inForce("one");
      await Deno.writeTextFile(path, mapping("three"));
      await inForce("three");
      assert.deepEqual(live.warnings(), []);
    });
  });
}

Deno.test("of a dynamic file with a section that cannot be read at the start, the other sections count", async () => {
  await running(`{"mapRoles": {}, "mapAccounts": ["${ACCOUNT}"]}`, async ({ inForce, live }) => {
    await inForce(ACCOUNT);
    assert.match(live.warnings().join(), /1 invalid entry/);
  });
});

Deno.test("a dynamic file whose section is empty maps nobody", async () => {
  await running(mapping("one"), async ({ path, live, inForce }) => {
    await Deno.writeTextFile(path, `{"mapRoles": []}`);
    await inForce();
    assert.equal(live.source.find(roleSession("Admin", "s")), undefined);
  });
});

Deno.test("a bad entry of a dynamic file is told everywhere, and keeps no other out", async () => {
  await running(`mapAccounts: ["12x", "${ACCOUNT}"]`, async ({ live, inForce, log, metrics }) => {
    await inForce(ACCOUNT);
    assert.match(live.warnings().join(), /1 invalid entry/);
    assert.match(log(), /ERROR mapping problem source=DynamicFile line=1/);
    assert.match(await metrics(), /ram_auth_mapping_entries_invalid\{source="DynamicFile"\} 1/);
    assert.match(await metrics(), /ram_auth_dynamicfile_failures_total 0/);
  });
});

Deno.test("reload() of a dynamic file reads it anew and never rejects", async () => {
  await running(mapping("one"), async ({ path, live, log }) => {
    await Deno.writeTextFile(path, mapping("two"));
    await live.reload();
    assert.deepEqual(usernamesOf(live), ["two"]);
    await Deno.writeTextFile(path, "{");
    await live.reload();
    assert.deepEqual(usernamesOf(live), ["two"]);
    assert.match(log(), /not reloaded/);
  });
});
