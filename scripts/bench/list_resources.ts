/**
 * What it takes to start with many custom resources in a real API server: the time until a server has read them all, and
 * the memory that they take, against the same server with none.
 *
 * @module
 */

import { sayWhenSlow } from "../../lib/cli/terminal.ts";
import { connect } from "../../lib/kube/connection.ts";
import { realWorld } from "../../lib/world.ts";
import { type Cluster, startCluster } from "../../tests/support/cluster.ts";
import { whyMissing } from "../../tests/support/needs.ts";
import { prepareSite, type ServerSite } from "../../tests/support/server_process.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { row } from "./table.ts";

/** How many there are. */
const RESOURCES = 100_000;

/** Requests in flight while they are made. */
const IN_FLIGHT = 32;

/** Longest wait for a server to have read them. */
const DEADLINE_MS = 300_000;

const PATH = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";

/** Measures, and returns rows to print. */
export async function benchListResources(): Promise<string> {
  const missing = whyMissing(["cluster", "kubectl"]);
  const what = `list, ${RESOURCES} resources`;
  if (missing !== undefined) return row(what, `not measured: ${missing}`);
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startCluster());
  await kubectl(cluster, "apply", "-f", "manifests/crds");
  await kubectl(cluster, "wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
  const site = stack.use(await prepareSite("", { clouds: ["aws"] }));
  await site.writeConfig(`backendMode: [CRD]\nkubeconfig: ${cluster.adminKubeconfig}`);
  const none = await startAndRead(site, 0);
  const patience = { what: `making ${RESOURCES} resources, which takes minutes` };
  const makingSeconds = await sayWhenSlow(realWorld(), patience, () => makeResources(cluster));
  const all = await startAndRead(site, RESOURCES);
  return row(what, `made in ${makingSeconds.toFixed(0)} s, ${IN_FLIGHT} at once`) +
    row("  start of the server", `all read after ${all.seconds.toFixed(2)} s; with none ${none.seconds.toFixed(2)} s`) +
    row("  its RSS then", `${all.megabytes} MB, at most ${all.mostMegabytes} MB; with none ${none.megabytes} MB`);
}

/** Starts the server, and looks at it as soon as so many resources are in force. */
async function startAndRead(site: ServerSite, count: number) {
  const started = performance.now();
  await using server = await site.start();
  await waitFor("the resources to be read", async () => {
    const answer = await fetch(`${site.healthUrl}/readyz?verbose`);
    return (await answer.text()).includes(`mapping CRD: ${count} rules`);
  }, { timeoutMs: DEADLINE_MS });
  const seconds = (performance.now() - started) / 1_000;
  return { seconds, ...await memoryOf(server.pid) };
}

/** Linux's figures. Deno itself reads nothing of another process but with all permissions. */
async function memoryOf(pid: number) {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  const status = new TextDecoder().decode(stdout);
  const megabytes = (key: string) =>
    Math.round(Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1_000);
  return { megabytes: megabytes("VmRSS"), mostMegabytes: megabytes("VmHWM") };
}

/** @returns the seconds that it took */
async function makeResources({ adminKubeconfig }: Cluster): Promise<number> {
  const connection = await connect(realWorld(), { kubeconfig: adminKubeconfig, master: undefined });
  const started = performance.now();
  let next = 0;
  const make = async () => {
    while (next < RESOURCES) {
      const body = JSON.stringify(resourceOf(next++));
      const response = await connection.request(PATH, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const text = await response.text();
      if (response.status !== 201) throw new Error(`Cannot measure: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, make));
  connection.close();
  return (performance.now() - started) / 1_000;
}

function resourceOf(i: number) {
  return {
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name: `mapping-${i}` },
    spec: {
      arn: `arn:aws:iam::123456789012:role/Application${i}`,
      username: `application:${i}:{{SessionName}}`,
      groups: ["viewers", `team-${i % 500}`],
    },
  };
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(args);
  if (code !== 0) throw new Error(`Cannot measure: ${stderr}`);
}
