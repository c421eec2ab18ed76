import assert from "node:assert/strict";
import { isUsable } from "../../lib/mapping/rule.ts";
import { loadClouds } from "../../lib/clouds/registry.ts";
import { connect } from "../../lib/kube/connection.ts";
import { createScrubber } from "../../lib/mapping/scrub.ts";
import type { MappingSource } from "../../lib/mapping/source.ts";
import { startConfigMap } from "../../lib/server/sources/config_map.ts";
import { startCustomResources } from "../../lib/server/sources/custom_resources.ts";
import type { LiveParts } from "../../lib/server/sources/live_source.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { realWorld } from "../../lib/world.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { startChaosProxy } from "../support/chaos_proxy.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";
import { below, type Random, seededRandom } from "../support/seeded_random.ts";
import { waitFor } from "../support/wait_for.ts";
import { nameOf } from "../mapping/support.ts";

/** How long the network is bad. */
const TROUBLE_MS = 60_000;

/** How soon after it what is in force must be what the API holds. */
const CALM_MS = 5_000;

/** Mappings that come and go. */
const NAMES = Array.from({ length: 20 }, (_, index) => `user-${index}`);

const SEED = 5;

testNeeding(["cluster", "kubectl"], "sources over a bad network end with what the API server holds", async () => {
  const random = seededRandom(SEED);
  await using cluster = await startCluster();
  await apply(cluster, "manifests/crds");
  const pair = await makeLoopbackCertificate();
  await using proxy = startChaosProxy({
    ...pair,
    target: cluster.server,
    targetCaPem: await Deno.readTextFile(cluster.caFile),
    random,
  });
  const folder = await Deno.makeTempDir({ prefix: "chaos-" });
  const stop = new AbortController();
  try {
    const kubeconfig = await kubeconfigThrough(cluster, proxy.url, { folder, caPem: pair.caPem });
    let written = "";
    const world = { ...realWorld(), stderr: { isTerminal: false, write: (text: string) => void (written += text) } };
    const parts: LiveParts = {
      world,
      log: createLog(world, { format: "json", level: "debug" }),
      metrics: createMetrics(),
      scrubber: createScrubber([]),
      clouds: await loadClouds(),
      signal: stop.signal,
    };
    const kube = { connect: () => connect(world, { kubeconfig, master: undefined }), reserved: new Map() };
    await using stack = new AsyncDisposableStack();
    const configMap = stack.use(await startConfigMap("EKSConfigMap", kube)(parts));
    const resources = stack.use(await startCustomResources(kube)(parts));
    stack.defer(() => stop.abort());
    const settled = async () => {
      const [inMap, inResources] = await wanted(cluster);
      return same(usernames(configMap.source), inMap) && same(usernames(resources.source), inResources);
    };
    await waitFor("both sources to be read", settled);

    proxy.setTrouble(true);
    const end = Date.now() + TROUBLE_MS;
    while (Date.now() < end) await changeSomething(cluster, random);
    proxy.setTrouble(false);
    const calmSince = Date.now();
    await waitFor("the sources to hold what the API server holds", settled, { timeoutMs: 4 * CALM_MS }).catch(
      async (late) => {
        const [inMap, inResources] = await wanted(cluster);
        const held = { configMap: usernames(configMap.source), resources: usernames(resources.source) };
        assert.fail(`${late}: ${JSON.stringify({ inMap, inResources, held })}\n${written.slice(-4_000)}`);
      },
    );
    const tookMs = Date.now() - calmSince;
    assert.ok(tookMs <= CALM_MS, `it took ${tookMs} ms; trouble made: ${JSON.stringify(proxy.counts)}`);
    for (const [kind, count] of Object.entries(proxy.counts)) {
      assert.ok(count > 0, `no trouble of kind ${kind}: ${JSON.stringify(proxy.counts)}`);
    }
  } finally {
    stop.abort();
    await Deno.remove(folder, { recursive: true });
  }
});

function usernames(source: MappingSource): readonly string[] {
  return source.rules().filter(isUsable).map(nameOf).sort();
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The usernames that the ConfigMap and the resources hold, asked of the API server itself. */
async function wanted(cluster: Cluster): Promise<[configMap: readonly string[], resources: readonly string[]]> {
  const map = await read(cluster, ["get", "configmap", "aws-auth", "-n", "kube-system", "--ignore-not-found"]);
  const list = await read(cluster, ["get", "iamidentitymappings"]);
  const text: string = map?.data?.mapUsers ?? "";
  return [
    [...text.matchAll(/username: ([\w-]+)/g)].map(([, name]) => name!).sort(),
    list.items.map((item: { spec: { username: string } }) => item.spec.username).sort(),
  ];
}

// deno-lint-ignore no-explicit-any -- JSON of the API server
async function read(cluster: Cluster, args: readonly string[]): Promise<any> {
  const { code, stdout, stderr } = await cluster.kubectl([...args, "-o", "json"]);
  assert.equal(code, 0, stderr);
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}

/** Writes the ConfigMap anew or deletes it, or writes or deletes a resource. */
async function changeSomething(cluster: Cluster, random: Random): Promise<void> {
  const name = NAMES[below(NAMES.length, random)]!;
  switch (below(6, random)) {
    case 0:
      await cluster.kubectl(["delete", "configmap", "aws-auth", "-n", "kube-system", "--ignore-not-found"]);
      return;
    case 1:
    case 2: {
      const names = NAMES.filter(() => random() < 0.5);
      const mapUsers = names.map((one) => `- {userarn: "${arn(one)}", username: ${one}}\n`).join("");
      return await applyObject(cluster, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "aws-auth", namespace: "kube-system" },
        data: { mapUsers },
      });
    }
    case 3:
      await cluster.kubectl(["delete", "iamidentitymapping", name, "--ignore-not-found"]);
      return;
    default:
      return await applyObject(cluster, {
        apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
        kind: "IAMIdentityMapping",
        metadata: { name },
        spec: { arn: arn(name), username: `${name}-${below(1_000, random)}`, groups: [] },
      });
  }
}

function arn(name: string): string {
  return `arn:aws:iam::123456789012:user/${name}`;
}

async function applyObject(cluster: Cluster, object: unknown): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(object));
    await apply(cluster, file);
  } finally {
    await Deno.remove(file);
  }
}

async function apply(cluster: Cluster, path: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl(["apply", "-f", path]);
  assert.equal(code, 0, stderr);
}

/** The administrator's kubeconfig, with the proxy in the API server's place. */
async function kubeconfigThrough(
  cluster: Cluster,
  url: string,
  { folder, caPem }: { readonly folder: string; readonly caPem: string },
): Promise<string> {
  const config = JSON.parse(await Deno.readTextFile(cluster.adminKubeconfig));
  await Deno.writeTextFile(`${folder}/ca.pem`, caPem);
  config.clusters[0].cluster = { server: url, "certificate-authority": `${folder}/ca.pem` };
  await Deno.writeTextFile(`${folder}/kubeconfig.json`, JSON.stringify(config));
  return `${folder}/kubeconfig.json`;
}
