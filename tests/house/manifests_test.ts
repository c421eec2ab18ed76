import assert from "node:assert/strict";
import { optionsOf } from "../../lib/config/options.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";
import { waitFor } from "../support/wait_for.ts";

/** Those that are applied to a cluster; `crds` before what is written in their terms. */
const APPLIED = [
  "crds",
  "rbac.server.yaml",
  "rbac.example.yaml",
  "mapping-editor.yaml",
  "mapping-guard.yaml",
  "daemonset.yaml",
  "static-pod.yaml",
];

/** What the pods may not do in a namespace of the Pod Security level "restricted": what their headers give reasons for. */
const HOST_ACCESS = /^(host namespaces \(hostNetwork=true\)|probe or lifecycle host .*|restricted volume types .*)$/;

interface PodSpec {
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly [{ readonly args: readonly string[] }];
}

/** The pod of a manifest, as kubectl reads it. */
async function podSpec(cluster: Cluster, manifest: string): Promise<PodSpec> {
  const { code, stdout, stderr } = await cluster.kubectl([
    ..."create --dry-run=client --validate=false -o json -f".split(" "),
    `manifests/${manifest}`,
  ]);
  assert.equal(code, 0, stderr);
  const { kind, spec } = JSON.parse(stdout);
  return kind === "Pod" ? spec : spec.template.spec;
}

/** Why the API server does not take a pod; nothing where it does. */
async function refusalOf(cluster: Cluster, spec: unknown): Promise<string> {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "ram-auth", namespace: "restricted" }, spec };
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(pod));
    const { code, stderr } = await cluster.kubectl(["create", "--dry-run=server", "-f", file]);
    return code === 0 ? "" : stderr;
  } finally {
    await Deno.remove(file);
  }
}

/** `violates PodSecurity "restricted:latest": one (…), two (…)` in its parts. */
function violations(refusal: string): readonly string[] {
  const [, list] = /violates PodSecurity "restricted:\w+": (.*)$/m.exec(refusal) ?? [];
  return list?.split(/, (?![^()]*\))/) ?? [refusal];
}

testNeeding(["cluster", "kubectl"], "every manifest is taken by a real API server", async (t) => {
  await using cluster = await startCluster();
  const kubectl = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await cluster.kubectl(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await waitFor(
    "the priority classes",
    async () => (await kubectl("get", "priorityclasses")).includes("node-critical"),
  );
  for (const manifest of APPLIED) {
    await t.step(manifest, async () => {
      const said = await kubectl("apply", "--dry-run=server", "-f", `manifests/${manifest}`);
      assert.doesNotMatch(said, /warning/i);
    });
  }

  await kubectl("create", "namespace", "restricted");
  await kubectl("label", "namespace", "restricted", "pod-security.kubernetes.io/enforce=restricted");
  for (const manifest of ["daemonset.yaml", "static-pod.yaml"]) {
    const { priorityClassName: _, ...spec } = await podSpec(cluster, manifest) as PodSpec & {
      priorityClassName: string;
    };

    await t.step(`${manifest} is kept out of "restricted" by its access to the host alone`, async () => {
      const found = violations(await refusalOf(cluster, spec));
      assert.ok(found.length >= 2 && found.every((one) => HOST_ACCESS.test(one)), found.join("\n"));
      const { hostNetwork: __, ...rest } = spec as PodSpec & { hostNetwork: boolean };
      const unprobed = { startupProbe: null, livenessProbe: null, readinessProbe: null };
      const containers = spec.containers.map((container) => ({ ...container, ...unprobed }));
      const volumes = spec.volumes.map(({ name }) => ({ name, emptyDir: {} }));
      assert.equal(await refusalOf(cluster, { ...rest, containers, volumes }), "");
    });

    await t.step(`${manifest} gives the server options that it knows`, () => {
      const [command, ...args] = spec.containers[0].args;
      assert.equal(command, "server");
      const known = new Map(optionsOf("server"));
      for (const arg of args) assert.ok(known.has(/^--([^=]+)=./.exec(arg)?.[1] as never), arg);
    });
  }
});
