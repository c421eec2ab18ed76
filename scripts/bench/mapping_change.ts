/**
 * How soon a changed mapping decides a review: written to where the source is, asked of a real server until it answers
 * with the new name. Sources that live in an API server are measured where there is one.
 *
 * @module
 */

import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { type Cluster, startCluster } from "../../tests/support/cluster.ts";
import { whyMissing } from "../../tests/support/needs.ts";
import { prepareSite, type ServerSite } from "../../tests/support/server_process.ts";
import { awsToken } from "../../tests/support/aws_tokens.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { median, row } from "./table.ts";

/** Changes of each source. */
const CHANGES = 50;

/** How the mapping of dave is written to a source. */
type Write = (username: string) => Promise<void>;

const { dave } = DEMO_AWS_PRINCIPALS;
const ENTRY = (username: string) => JSON.stringify({ userarn: dave.identity.Arn, username });

/** Measures, and returns rows to print. */
export async function benchMappingChange(): Promise<string> {
  const missing = whyMissing(["cluster", "kubectl"]);
  await using stack = new AsyncDisposableStack();
  const cluster = missing === undefined ? stack.use(await startCluster()) : undefined;
  await cluster?.kubectl(["apply", "-f", "manifests/crds"]);
  const site = stack.use(await prepareSite("", { clouds: ["aws"] }));
  const configs: readonly (readonly [what: string, mode: string, write: Write | undefined])[] = [
    ["MountedFile", "MountedFile", (username) => configure(site, "MountedFile", `mapUsers: [${ENTRY(username)}]`)],
    [
      "DynamicFile",
      "DynamicFile",
      (username) => replaceFile(`${site.folder}/dynamic.json`, `{"mapUsers": [${ENTRY(username)}]}`),
    ],
    ["EKSConfigMap", "EKSConfigMap", cluster && ((username) => applyConfigMap(cluster, username))],
    ["CRD", "CRD", cluster && ((username) => applyResource(cluster, username))],
  ];
  let report = "";
  for (const [what, mode, write] of configs) {
    report += write === undefined
      ? row(`change, ${what}`, `not measured: ${missing}`)
      : row(`change, ${what}`, await measure(site, mode, { write, cluster }));
  }
  return report;
}

async function measure(
  site: ServerSite,
  mode: string,
  { write, cluster }: { readonly write: Write; readonly cluster: Cluster | undefined },
): Promise<string> {
  await write("at-the-start");
  if (mode !== "MountedFile") {
    const kubeconfig = cluster === undefined ? "" : `kubeconfig: ${cluster.adminKubeconfig}\n`;
    await configure(site, mode, `${kubeconfig}dynamicfilepath: ${site.folder}/dynamic.json`);
  }
  await using _server = await site.start();
  const { clusterId, stsHost: host } = site;
  const token = awsToken(dave, { clusterId, now: new Date(), host });
  const answers = async (username: string) => (await site.review(token)).user?.username === username;
  await waitFor("the first mapping", () => answers("at-the-start").catch(() => false));
  const times: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    await write(`after-${change}`);
    const written = performance.now();
    while (!await answers(`after-${change}`)) await new Promise((resolve) => setTimeout(resolve, 1));
    times.push(performance.now() - written);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(CHANGES * 0.99) - 1]!;
  return `median ${median(times).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, of ${CHANGES} changes`;
}

async function configure(site: ServerSite, mode: string, sections: string): Promise<void> {
  await site.writeConfig(`stsHosts: ["${site.stsHost}"]\nbackendMode: [${mode}]\n${sections}`);
}

async function replaceFile(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

async function applyConfigMap(cluster: Cluster, username: string): Promise<void> {
  await apply(cluster, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "aws-auth", namespace: "kube-system" },
    data: { mapUsers: `[${ENTRY(username)}]` },
  });
}

async function applyResource(cluster: Cluster, username: string): Promise<void> {
  await apply(cluster, {
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name: "dave" },
    spec: { arn: dave.identity.Arn, username, groups: [] },
  });
}

async function apply(cluster: Cluster, object: unknown): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(object));
    const { code, stderr } = await cluster.kubectl(["apply", "-f", file]);
    if (code !== 0) throw new Error(`Cannot measure: ${stderr}`);
  } finally {
    await Deno.remove(file);
  }
}
