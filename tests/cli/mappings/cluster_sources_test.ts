import assert from "node:assert/strict";
import { readClusterSources } from "../../../lib/cli/mappings/cluster_sources.ts";
import { run } from "../../../lib/cli/run.ts";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import { KubeError } from "../../../lib/kube/kube_error.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import {
  list,
  pieces,
  refusal,
  type ScriptedServer,
  startScriptedServer,
  type Step,
} from "../../kube/scripted_server.ts";
import { waitFor } from "../../support/wait_for.ts";

const clouds = await loadClouds();

function at(server: ScriptedServer) {
  return { access: { kubeconfig: undefined, master: server.url }, clouds };
}

function onlineWorld(terminal: Parameters<typeof fakeWorld>[1] = { isTerminal: false }) {
  return { ...fakeWorld({}, terminal), fetch: globalThis.fetch };
}

Deno.test("an API server that never ends its answer is given up, and that is told", async () => {
  await using server = startScriptedServer([pieces(["{"], "stay")]);
  const world = onlineWorld();
  const [document, ...others] = await readClusterSources(world, ["EKSConfigMap"], { ...at(server), deadlineMs: 50 });
  assert.deepEqual(others, []);
  const why = `"${server.url}" did not answer within 0.05 s; check the address, and that it runs`;
  assert.deepEqual(document?.unread, { why, rest: "none" });
  assert.ok(
    world.err().startsWith(`ram-auth: configmap/kube-system/aws-auth (EKSConfigMap) could not be read: ${why}; a `),
    world.err(),
  );
});

Deno.test("a person who waits for the API server is told what for", async () => {
  const world = onlineWorld({ isTerminal: true });
  const line = "ram-auth: waiting for the API server about configmap/kube-system/aws-auth ...\n";
  const slow: Step = async (asked) => {
    await waitFor("the word", () => world.err().includes(line));
    return await list([], "1")(asked);
  };
  await using server = startScriptedServer([slow]);
  await readClusterSources(world, ["EKSConfigMap"], at(server));
  assert.equal(
    world.err(),
    `${line}ram-auth: notice: configmap/kube-system/aws-auth does not exist, so it maps nobody\n`,
  );
});

Deno.test("a server asks for the ConfigMap by its name, and for resources page by page", async () => {
  await using server = startScriptedServer([
    list(["another"], "1"),
    list(["b"], "1", "more"),
    list(["a"], "1"),
  ]);
  const world = onlineWorld();
  await readClusterSources(world, ["ACKConfigMap"], at(server));
  const [resources] = await readClusterSources(world, ["CRD"], { ...at(server), clouds: clouds.slice(0, 1) });
  assert.deepEqual(resources?.problems.map(({ resource }) => resource), ["a", "b"]);
  assert.deepEqual(server.asked.map(({ query }) => [query.get("fieldSelector"), query.get("continue")]), [
    ["metadata.name=alibabacloud-auth", null],
    [null, null],
    [null, "more"],
  ]);
  assert.match(world.err(), /^ram-auth: notice: configmap\/kube-system\/alibabacloud-auth does not exist/);
});

Deno.test("what an API server says reaches the terminal as text alone", async () => {
  await using server = startScriptedServer([refusal(500, "\x1b[2Jno\nsuch luck")]);
  const world = onlineWorld();
  await readClusterSources(world, ["EKSConfigMap"], at(server));
  assert.match(world.err(), /^ram-auth: .*: it answers 500: \\u\{1b\}\[2Jno\\u\{a\}such luck; a server .*\n$/);
});

Deno.test("a ConfigMap that is not found at all could not be read; a kind that is not found is not installed", async () => {
  await using server = startScriptedServer([refusal(404, "no")]);
  const documents = await readClusterSources(onlineWorld(), ["EKSConfigMap", "CRD"], at(server));
  assert.deepEqual(documents.map(({ source, unread }) => [source, unread?.rest]), [
    ["EKSConfigMap", "none"],
    ["CRD", undefined],
    ["CRD", undefined],
  ]);
});

Deno.test("in a pod, its service account is used as the server does", async () => {
  const world = fakeWorld({ KUBERNETES_SERVICE_HOST: "192.0.2.1", KUBERNETES_SERVICE_PORT: "443" });
  assert.equal(await run(["mappings", "list", "--backend-mode", "EKSConfigMap"], world), 1);
  assert.match(world.err(), /^ram-auth: .*(\/serviceaccount\/|192\.0\.2\.1)/);
});

Deno.test("an address that is none ends it: no server would start with it", async () => {
  const access = { kubeconfig: undefined, master: "not an address" };
  await assert.rejects(readClusterSources(onlineWorld(), ["CRD"], { access, clouds }), KubeError);
});
