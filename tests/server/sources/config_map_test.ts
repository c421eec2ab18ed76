import assert from "node:assert/strict";
import { isUsable } from "../../../lib/mapping/rule.ts";
import { loadCloud } from "../../../lib/clouds/registry.ts";
import { connect } from "../../../lib/kube/connection.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { MappingsNotReady } from "../../../lib/mapping/source.ts";
import { startConfigMap } from "../../../lib/server/sources/config_map.ts";
import type { LiveParts, LiveSource } from "../../../lib/server/sources/live_source.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { ACCOUNT, nameOf, roleSession } from "../../mapping/support.ts";
import { startCluster } from "../../support/cluster.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/Admin`;
const USERS = `- userarn: acs:ram::${ACCOUNT}:user/alice\n  username: alice\n`;

async function parts(signal: AbortSignal, write: (text: string) => void): Promise<LiveParts> {
  const world = { ...realWorld(), stderr: { write, isTerminal: false } };
  const log = createLog(world, { format: "text", level: "info" });
  const clouds = [await loadCloud("alibaba")];
  return { world, log, metrics: createMetrics(), clouds, scrubber: createScrubber(() => []), signal };
}

function usernames({ source }: LiveSource): string {
  return source.rules().filter(isUsable).map(nameOf).join();
}

testNeeding(["cluster", "kubectl"], "a ConfigMap maps, and is never emptied by a typo", async (t) => {
  await using cluster = await startCluster();
  await using stack = new AsyncDisposableStack();
  const stopping = new AbortController();
  let log = "";
  const start = startConfigMap("ACKConfigMap", {
    connect: () => connect(realWorld(), { kubeconfig: cluster.adminKubeconfig, master: undefined }),
    reserved: new Map(),
  });
  const shared = await parts(stopping.signal, (text) => void (log += text));
  const live = stack.use(await start(shared));
  stack.defer(() => stopping.abort());
  const roles = (username: string) => `- rolearn: ${ROLE}\n  username: ${username}\n`;
  const put = async (
    data: Readonly<Record<string, string>>,
    { name = "alibabacloud-auth", by = "apply", binaryData = {} } = {},
  ) => {
    const file = await Deno.makeTempFile({ suffix: ".json" });
    const metadata = { name, namespace: "kube-system" };
    await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data, binaryData }));
    const { code, stderr } = await cluster.kubectl([by, "-f", file]);
    await Deno.remove(file);
    return code === 0 ? "" : stderr;
  };
  const apply = async (data: Readonly<Record<string, string>>, name?: string) =>
    assert.equal(await put(data, name === undefined ? {} : { name }), "");
  const inForce = (want: string) => waitFor(`"${want}" to be in force`, () => usernames(live) === want);

  await t.step("one that is not there maps nobody, and that is said", async () => {
    await waitFor("the absence to be known", () => live.facts().length === 1);
    assert.equal(live.source.find(roleSession("Admin", "s")), undefined);
    assert.match(live.warnings().join(), /kube-system\/alibabacloud-auth does not exist/);
    assert.match(log, /WARN +the ConfigMap does not exist/);
  });

  await t.step("one that is made counts at once, and no other does", async () => {
    await apply({ mapRoles: roles("foreign") }, "aws-auth");
    await apply({ mapRoles: roles("one"), mapUsers: USERS });
    await inForce("one,alice");
    assert.deepEqual(live.warnings(), []);
    const metrics = (await shared.metrics.expose()).text;
    assert.match(metrics, /ram_auth_mapping_rules\{source="ACKConfigMap"\} 2/);
    assert.match(metrics, /ram_auth_configmap_watch_failures_total 0/);
  });

  await t.step("a section that cannot be read leaves in force what was, and that is said", async () => {
    await apply({ mapRoles: "[", mapUsers: USERS });
    await waitFor("the typo to be told", () => live.warnings().join().includes("mapRoles cannot be read"));
    assert.equal(usernames(live), "one,alice");
    assert.match(log, /ERROR mappings not reloaded; the old ones stay in force source=ACKConfigMap/);
    await live.reload();
    assert.equal(usernames(live), "one,alice");
  });

  await t.step("a bad entry is invalid alone, and ends what was said of the typo", async () => {
    await apply({ mapRoles: `${roles("two")}- {rolearn: "${ROLE}"}\n` });
    await inForce("two");
    assert.match(live.warnings().join(), /1 invalid entry/);
    assert.doesNotMatch(live.warnings().join(), /cannot be read/);
  });

  await t.step("a section in binaryData maps nobody, and that is said until it is gone", async () => {
    const binaryData = { mapRoles: btoa(roles("binary")) };
    assert.equal(await put({ mapUsers: USERS }, { by: "replace", binaryData }), "");
    await inForce("alice");
    assert.match(live.warnings().join(), /1 invalid entry/);
    assert.match(
      log,
      /ERROR mapping problem .*Cannot use mapRoles: it stands in .*binaryData.*, where no source looks/,
    );
    assert.equal(await put({ mapUsers: USERS }, { by: "replace" }), "");
    await waitFor("the fault to be gone", () => live.warnings().length === 0);
  });

  await t.step("an entry that is not YAML loses itself alone, and that is said", async () => {
    await apply({ mapRoles: `${roles("three")}- rolearn: ${ROLE}2\n  username: {{SessionName}}\n`, mapUsers: USERS });
    await inForce("three,alice");
    assert.match(live.warnings().join(), /1 invalid entry/);
    assert.match(log, /Cannot use entry 2 of mapRoles: .*put \{\{SessionName\}\} in quotes/);
  });

  await t.step("one that is deleted maps nobody, at once", async () => {
    assert.equal((await cluster.kubectl(["-n", "kube-system", "delete", "configmap", "alibabacloud-auth"])).code, 0);
    await inForce("");
    assert.match(live.warnings().join(), /does not exist/);
  });

  await t.step("where nothing good came before, the sections that can be read count", async () => {
    await apply({ mapRoles: "[", mapUsers: USERS });
    await inForce("alice");
    assert.match(live.warnings().join(), /1 invalid entry/);
  });

  await t.step("one of 1 MiB maps, and the API server takes none that is larger", async () => {
    const data = (bytes: number) => ({ mapRoles: roles("large").padEnd(bytes, "#") });
    assert.match(await put(data(1_048_577), { by: "replace" }), /1048576/);
    assert.equal(await put(data(1_048_576), { by: "replace" }), "");
    await inForce("large");
  });
});

Deno.test("a ConfigMap whose API server is absent leaves the source not ready, and the server starts", async () => {
  const stopping = new AbortController();
  let log = "";
  const start = startConfigMap("EKSConfigMap", {
    connect: () => connect(realWorld(), { kubeconfig: undefined, master: "http://127.0.0.1:9" }),
    reserved: new Map(),
  });
  const shared = await parts(stopping.signal, (text) => void (log += text));
  await using live = await start(shared);
  try {
    const find = () => live.source.find(roleSession("Admin", "s"));
    assert.throws(find, (e) => e instanceof MappingsNotReady && e.retryable);
    await waitFor("the trouble to be told", () => log.includes("ConfigMap not watched"));
    assert.deepEqual(live.facts(), []);
    assert.match(live.warnings().join(), /answered with 503/);
    const failures = async () => /configmap_watch_failures_total (\d+)/.exec((await shared.metrics.expose()).text)![1];
    await waitFor("each try to be counted, though the reason is told once", async () => Number(await failures()) >= 3);
    assert.equal(log.match(/ConfigMap not watched/g)?.length, 1);
  } finally {
    stopping.abort();
  }
});
