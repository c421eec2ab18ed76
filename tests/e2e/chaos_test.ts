import assert from "node:assert/strict";
import { isUsable } from "../../lib/mapping/rule.ts";
import { loadClouds } from "../../lib/clouds/registry.ts";
import { connect, type KubeConnection, type KubeRequest } from "../../lib/kube/connection.ts";
import { createScrubber } from "../../lib/mapping/scrub.ts";
import type { MappingSource } from "../../lib/mapping/source.ts";
import { startConfigMap } from "../../lib/server/sources/config_map.ts";
import { startCustomResources } from "../../lib/server/sources/custom_resources.ts";
import type { LiveParts } from "../../lib/server/sources/live_source.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { realWorld } from "../../lib/world.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { startChaosProxy } from "../support/stand_ins/chaos_proxy.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";
import { below, type Random, seededRandom } from "../support/seeded_random.ts";
import { waitFor } from "../support/wait_for.ts";
import { nameOf } from "../mapping/support.ts";

/** Changes that are made while the network is bad, and the time between two: a minute, on a quiet machine. */
const CHANGES = 600;
const EVERY_MS = 100;

/** How often each kind of trouble must have come. */
const TROUBLES_OF_A_KIND = 5;

/** How soon after it what is in force must be what the API holds, beside what a source that starts now needs. */
const CALM_MS = 5_000;

/** Mappings that come and go. */
const NAMES = Array.from({ length: 20 }, (_, index) => `user-${index}`);

const SEED = 5;

testNeeding(["cluster", "kubectl"], "sources over a bad network end with what the API server holds", async () => {
  const random = seededRandom(SEED);
  await using cluster = await startCluster();
  const crds = await cluster.kubectl(["apply", "-f", "manifests/crds"]);
  assert.equal(crds.code, 0, crds.stderr);
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
      scrubber: createScrubber(() => []),
      clouds: await loadClouds(),
      signal: stop.signal,
    };
    const kube = { connect: () => connect(world, { kubeconfig, master: undefined }), reserved: new Map() };
    await using stack = new AsyncDisposableStack();
    const admin = await connect(realWorld(), { kubeconfig: cluster.adminKubeconfig, master: undefined });
    stack.defer(() => admin.close());
    const startSources = async () => {
      const configMap = stack.use(await startConfigMap("EKSConfigMap", kube)(parts));
      const resources = stack.use(await startCustomResources(kube)(parts));
      stack.defer(() => stop.abort());
      return { configMap: () => usernames(configMap.source), resources: () => usernames(resources.source) };
    };
    /** Waits until the sources hold what the API server holds, and returns how long that took. */
    const settled = async (sources: Awaited<ReturnType<typeof startSources>>): Promise<number> => {
      const sinceMs = performance.now();
      await waitFor("the sources to hold what the API server holds", async () => {
        const { inMap, inResources } = await wanted(admin);
        return same(sources.configMap(), inMap) && same(sources.resources(), inResources);
      }).catch(async (late) => {
        const held = { configMap: sources.configMap(), resources: sources.resources() };
        assert.fail(`${late}: ${JSON.stringify({ ...await wanted(admin), held })}\n${written.slice(-4_000)}`);
      });
      return performance.now() - sinceMs;
    };
    const sources = await startSources();
    await settled(sources);

    proxy.setTrouble(true);
    const tired = () => Object.values(proxy.counts).every((count) => count >= TROUBLES_OF_A_KIND);
    for (let changes = 0; changes < CHANGES || !tired(); changes++) {
      await changeSomething(admin, random);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    proxy.setTrouble(false);
    const tookMs = await settled(sources);
    const newcomersMs = await settled(await startSources());
    assert.ok(
      tookMs <= CALM_MS + newcomersMs,
      `it took ${tookMs} ms, newcomers ${newcomersMs}; trouble made: ${JSON.stringify(proxy.counts)}`,
    );
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

const MAP = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
const RESOURCES = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";

/** The usernames that the ConfigMap and the resources hold, asked of the API server itself. */
async function wanted(
  admin: KubeConnection,
): Promise<{ readonly inMap: readonly string[]; readonly inResources: readonly string[] }> {
  const map = await ask(admin, MAP);
  const list = await ask(admin, RESOURCES);
  const text: string = map?.data?.mapUsers ?? "";
  return {
    inMap: [...text.matchAll(/username: ([\w-]+)/g)].map(([, name]) => name!).sort(),
    inResources: (list?.items ?? []).map((item: { spec: { username: string } }) => item.spec.username).sort(),
  };
}

/** What the API server answers; `undefined` where there is no such object. */
// deno-lint-ignore no-explicit-any -- JSON of the API server
async function ask(admin: KubeConnection, path: string, init: KubeRequest = {}): Promise<any> {
  const { status, text } = await waitFor("the API server to take the request", async () => {
    const response = await admin.request(path, init);
    const text = await response.text();
    // It takes none for a kind whose storage it is making.
    return response.status === 429 ? undefined : { status: response.status, text };
  });
  assert.ok(status < 300 || status === 404, text);
  return status < 300 ? JSON.parse(text) : undefined;
}

/** Writes the ConfigMap anew or deletes it, or writes or deletes a resource. */
async function changeSomething(admin: KubeConnection, random: Random): Promise<void> {
  const name = NAMES[below(NAMES.length, random)]!;
  switch (below(6, random)) {
    case 0:
      await ask(admin, MAP, { method: "DELETE" });
      return;
    case 1:
    case 2: {
      const names = NAMES.filter(() => random() < 0.5);
      const mapUsers = names.map((one) => `- {userarn: "${arn(one)}", username: ${one}}\n`).join("");
      return await applyObject(admin, MAP, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "aws-auth" },
        data: { mapUsers },
      });
    }
    case 3:
      await ask(admin, `${RESOURCES}/${name}`, { method: "DELETE" });
      return;
    default:
      return await applyObject(admin, `${RESOURCES}/${name}`, {
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

/** Server-side apply: makes the object or changes it. */
async function applyObject(admin: KubeConnection, path: string, object: unknown): Promise<void> {
  await ask(admin, `${path}?fieldManager=chaos&force=true`, {
    method: "PATCH",
    headers: { "content-type": "application/apply-patch+yaml" },
    body: JSON.stringify(object),
  });
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
