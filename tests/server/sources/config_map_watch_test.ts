import assert from "node:assert/strict";
import { startConfigMap } from "../../../lib/server/sources/config_map.ts";
import { event, listOf, pieces, refusal, type Step } from "../../kube/scripted_server.ts";
import { ACCOUNT, user } from "../../mapping/support.ts";
import { waitFor } from "../../support/wait_for.ts";
import { GONE, onScript, OPEN, type Scripted, type ScriptedOptions } from "./scripted_source.ts";

const SOURCE: ScriptedOptions = { start: (kube) => startConfigMap("ACKConfigMap", kube), cloudIds: ["alibaba"] };
const ALICE = user("alice");
const BOB = user("bob");

const mapUsers = (names: readonly string[]) =>
  names.map((name) => `- {userarn: "acs:ram::${ACCOUNT}:user/${name}", username: ${name}}\n`).join("");

const configMap = (
  resourceVersion: string,
  data: Readonly<Record<string, string>>,
  name = "alibabacloud-auth",
) => ({ metadata: { name, resourceVersion }, data });

const users = (resourceVersion: string, ...names: readonly string[]) =>
  configMap(resourceVersion, { mapUsers: mapUsers(names) });

/** A section that cannot be read, beside one that can. */
const slip = (resourceVersion: string, ...names: readonly string[]) =>
  configMap(resourceVersion, { mapRoles: "[", mapUsers: mapUsers(names) });

const watched = (...lines: readonly string[]) => pieces(lines, "stay");

const announcements = ({ log }: Scripted) => log().match(/mappings in force/g)?.length ?? 0;

for (
  const [what, steps] of [
    ["changed while the watch was away", [
      listOf([users("7", "alice", "bob")], "7"),
      GONE,
      listOf([users("9", "alice")], "9"),
    ]],
    ["is changed", [listOf([users("7", "alice", "bob")], "7"), watched(event("MODIFIED", users("9", "alice")))]],
    ["was changed to less by half a line that then came whole", [
      listOf([users("7", "alice", "bob")], "7"),
      watched(...event("MODIFIED", users("9", "alice")).match(/[^]{1,40}/g)!),
    ]],
    ["is changed behind a bookmark", [
      listOf([users("7", "alice", "bob")], "7"),
      watched(event("BOOKMARK", { metadata: { resourceVersion: "8" } }), event("MODIFIED", users("9", "alice"))),
    ]],
    ["changed while the API server was ill", [
      listOf([users("7", "alice", "bob")], "7"),
      watched(event("ERROR", { kind: "Status", code: 500, message: "ill" })),
      refusal(503, "ill"),
      listOf([users("9", "alice")], "9"),
    ]],
  ] as ReadonlyArray<readonly [string, readonly Step[]]>
) {
  Deno.test(`whoever is removed from a ConfigMap that ${what} is out, and the others stay`, async () => {
    await onScript([...steps, OPEN], SOURCE, async ({ maps, map }) => {
      await maps(BOB, "nobody");
      assert.equal(await map(ALICE), "alice");
    });
  });
}

for (
  const [what, steps] of [
    ["is deleted", [watched(event("DELETED", users("8", "alice")))]],
    ["was deleted while the watch was away", [GONE, listOf([], "9"), OPEN]],
  ] as ReadonlyArray<readonly [string, readonly Step[]]>
) {
  Deno.test(`a ConfigMap that ${what} maps nobody any more, and that is told`, async () => {
    await onScript([listOf([users("7", "alice")], "7"), ...steps], SOURCE, async ({ maps, live }) => {
      await maps(ALICE, "nobody");
      assert.match(live.warnings().join(), /kube-system\/alibabacloud-auth does not exist/);
    });
  });
}

Deno.test("a ConfigMap that is absent in one list after the other is told to be absent once", async () => {
  const steps = [listOf([], "7"), GONE, listOf([], "9"), OPEN];
  await onScript(steps, SOURCE, async ({ server, log }) => {
    await waitFor("the second watch", () => server.asked.length >= steps.length);
    assert.equal(log().match(/configMap=/g)?.length, 1);
  });
});

const other = (version: string) => configMap(version, { mapUsers: mapUsers(["mallory"]) }, "aws-auth");

Deno.test("another ConfigMap than its own is nobody's in a list", async () => {
  await onScript([listOf([other("6"), users("7", "alice")], "7"), OPEN], SOURCE, async ({ maps, map }) => {
    await maps(ALICE, "alice");
    assert.equal(await map(user("mallory")), "nobody");
  });
});

Deno.test("another ConfigMap than its own is nobody's in a watch", async () => {
  const steps = [
    listOf([users("7", "alice")], "7"),
    watched(
      event("ADDED", other("8")),
      event("MODIFIED", other("9")),
      event("DELETED", other("10")),
      event("MODIFIED", users("11", "alice", "bob")),
    ),
  ];
  await onScript(steps, SOURCE, async ({ maps, map, log, server }) => {
    await maps(BOB, "bob");
    assert.equal(await map(ALICE), "alice");
    assert.equal(await map(user("mallory")), "nobody");
    assert.doesNotMatch(log(), /configMap=/);
    for (const { path, query } of server.asked) {
      assert.equal(path, "/api/v1/namespaces/kube-system/configmaps");
      assert.equal(query.get("fieldSelector"), "metadata.name=alibabacloud-auth");
    }
  });
});

Deno.test("one that did not change is not announced again after a list; a reload announces it", async () => {
  const steps = [listOf([users("7", "alice")], "7"), GONE, listOf([users("7", "alice")], "9"), OPEN];
  await onScript(steps, SOURCE, async (scripted) => {
    await waitFor("the second watch", () => scripted.server.asked.length >= 4);
    assert.equal(announcements(scripted), 1);
    await scripted.live.reload();
    assert.equal(announcements(scripted), 2);
    assert.equal(await scripted.map(ALICE), "alice");
  });
});

Deno.test("a section that cannot be read leaves in force what was, is told and counted; a good one ends that", async () => {
  const first = listOf([users("7", "alice")], "7");
  const spoilt = event("MODIFIED", slip("8", "bob"));
  await onScript([first, watched(spoilt)], SOURCE, async ({ live, map, metrics }) => {
    await waitFor("the slip to be told", () => live.warnings().join().includes("mapRoles cannot be read"));
    assert.deepEqual([await map(ALICE), await map(BOB)], ["alice", "nobody"]);
    assert.match(await metrics(), /ram_auth_reload_failures_total 1/);
  });
  const mended = event("MODIFIED", users("9", "bob"));
  await onScript([first, watched(spoilt, mended)], SOURCE, async ({ live, maps, map }) => {
    await maps(BOB, "bob");
    assert.equal(await map(ALICE), "nobody");
    assert.deepEqual(live.warnings(), []);
  });
});

for (
  const [what, steps] of [
    ["at the start", [listOf([slip("7", "alice")], "7"), OPEN]],
    ["after it was deleted and made anew", [
      listOf([users("6", "bob")], "6"),
      watched(event("DELETED", users("7", "bob")), event("ADDED", slip("8", "alice"))),
    ]],
    ["after it was deleted with a slip in it", [
      listOf([users("5", "bob")], "5"),
      watched(
        event("MODIFIED", slip("6", "bob")),
        event("DELETED", slip("7", "bob")),
        event("ADDED", slip("8", "alice")),
      ),
    ]],
  ] as ReadonlyArray<readonly [string, readonly Step[]]>
) {
  Deno.test(`of a ConfigMap with a section that cannot be read ${what}, the other sections count`, async () => {
    await onScript(steps, SOURCE, async ({ live, maps, map }) => {
      await maps(ALICE, "alice");
      assert.equal(await map(BOB), "nobody");
      assert.deepEqual(live.warnings(), ["mapping ACKConfigMap: 1 invalid entry, see the log"]);
    });
  });
}

Deno.test("once a ConfigMap with a slip is deleted, only its absence is told", async () => {
  const steps = [
    listOf([users("5", "alice")], "5"),
    watched(event("MODIFIED", slip("6", "alice")), event("DELETED", slip("7", "alice"))),
  ];
  await onScript(steps, SOURCE, async ({ live, maps }) => {
    await maps(ALICE, "nobody");
    assert.deepEqual(live.warnings(), ["mapping ACKConfigMap: kube-system/alibabacloud-auth does not exist"]);
  });
});

Deno.test("a ConfigMap that comes after the server is not told to be absent any more", async () => {
  await onScript([listOf([], "5"), watched(event("ADDED", users("6", "alice")))], SOURCE, async ({ live, maps }) => {
    await maps(ALICE, "alice");
    assert.deepEqual(live.warnings(), []);
  });
});

for (
  const [what, step, says] of [
    ["is forbidden", refusal(403, "no"), /forbidden: no; grant the verb "list" on "configmaps"/],
    ["is not found", refusal(404, "no"), /answers 404/],
    ["is refused", refusal(500, "ill"), /answers 500: ill/],
    ["is half a list", pieces(['{"items":['], "end"), /not JSON/],
  ] as const
) {
  Deno.test(`a ConfigMap that ${what} at the start maps nobody in and denies nobody, and that is told and counted`, async () => {
    await onScript([step], SOURCE, async ({ live, map, log, metrics }) => {
      await waitFor("the trouble", () => log().includes("ConfigMap not watched"));
      assert.equal(await map(ALICE), "ERR_MAPPINGS_NOT_READY");
      assert.match(live.warnings().join(), says);
      assert.match(live.warnings().join(), /answered with 503/);
      assert.match(await metrics(), /ram_auth_configmap_watch_failures_total [1-9]/);
    });
  });
}

Deno.test("of many changes that come at once the newest counts, and few are read", async () => {
  const changes = Array.from({ length: 200 }, (_, i) => event("MODIFIED", users(`${8 + i}`, `other-${i}`)));
  const last = event("MODIFIED", users("300", "alice"));
  const steps = [listOf([users("7", "bob")], "7"), watched([...changes, last].join(""))];
  await onScript([...steps, OPEN], SOURCE, async (scripted) => {
    await scripted.maps(ALICE, "alice");
    const readings = /mapping_reads_total\{.*result="in_force"\} (\d+)/.exec(await scripted.metrics())?.[1];
    assert(Number(readings) < 20, `${readings} readings`);
    assert(announcements(scripted) < 20);
  });
});

Deno.test("a ConfigMap whose texts are the same is not read again, whether they were taken or refused", async () => {
  const again = (object: { readonly data: Readonly<Record<string, string>> }, resourceVersion: string) =>
    event("MODIFIED", configMap(resourceVersion, object.data));
  const [good, bad] = [users("7", "alice"), slip("9", "alice")];
  const steps = [
    listOf([good], "7"),
    watched(
      again(good, "8"),
      event("MODIFIED", bad),
      again(bad, "10"),
      again(bad, "11"),
      event("MODIFIED", users("12", "bob")),
    ),
  ];
  await onScript([...steps, OPEN], SOURCE, async ({ maps, metrics }) => {
    await maps(BOB, "bob");
    assert.match(await metrics(), /mapping_reads_total\{.*result="in_force"\} 2\n/);
    assert.doesNotMatch(await metrics(), /mapping_reads_total\{.*result="refused"\} [2-9]/);
  });
});

Deno.test("what a ConfigMap said stays in force while the API server refuses, and that is told", async () => {
  await onScript([listOf([users("7", "alice")], "7"), GONE, refusal(403, "no")], SOURCE, async ({ live, map, log }) => {
    await waitFor("the trouble", () => log().includes("ConfigMap not watched"));
    assert.equal(await map(ALICE), "alice");
    assert.match(live.warnings().join(), /forbidden.*what was read before stays in force/);
  });
});

Deno.test("S-8: what is reserved for a ConfigMap is refused, and what it is allowed is given", async () => {
  const nothing = { usernamePrefixes: [], groupPrefixes: [], allowsSystemNames: false, allowsAdminGroups: false };
  const masters = configMap("7", {
    mapUsers: `- {userarn: "acs:ram::${ACCOUNT}:user/alice", username: alice, groups: ["system:masters"]}\n`,
  });
  for (
    const [reservation, want] of [
      [{ ...nothing }, "ERR_MAPPING_REFUSED"],
      [{ ...nothing, allowsSystemNames: true }, "alice"],
      [{ ...nothing, allowsSystemNames: true, usernamePrefixes: ["ali"] }, "ERR_MAPPING_REFUSED"],
    ] as const
  ) {
    const options = { ...SOURCE, reserved: new Map([["ACKConfigMap", reservation]] as const) };
    await onScript([listOf([masters], "7"), OPEN], options, async ({ maps }) => await maps(ALICE, want));
  }
});

Deno.test("sections in binaryData are told, and a change of binaryData alone counts", async () => {
  const stray = { ...users("8", "alice"), binaryData: { mapRoles: "LSBbXQo=" } };
  const steps = [listOf([users("7", "alice")], "7"), watched(event("MODIFIED", stray)), OPEN];
  await onScript(steps, SOURCE, async ({ live, log, map }) => {
    await waitFor("the fault to be told", () => live.warnings().join().includes("1 invalid entry"));
    assert.match(log(), /Cannot use mapRoles: it stands in .*binaryData.*, where no source looks; move it into data/);
    assert.equal(await map(ALICE), "alice");
  });
});
