import assert from "node:assert/strict";
import { parse } from "yaml";
import { optionsOf } from "../../lib/config/command_options.ts";
import { OPTION_ROWS } from "../../lib/config/options.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { SERVER_ENVIRONMENT } from "../../scripts/server_environment.ts";
import { testNeeding } from "../support/needs.ts";
import { shellOfOther, testAsRoot } from "../support/other_user.ts";
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

/** What of a node a pod may reach. */
interface HostAccess {
  readonly volumes: readonly { readonly hostPath?: { readonly path: string } }[];
  readonly containers: readonly [{
    readonly args: readonly string[];
    readonly volumeMounts: readonly { readonly mountPath: string; readonly readOnly?: boolean }[];
  }];
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

for (const manifest of ["daemonset.yaml", "static-pod.yaml"]) {
  Deno.test(`the pod of ${manifest} neither sees nor writes what kube-apiserver reads`, async () => {
    const { kind, spec } = parse(await Deno.readTextFile(`manifests/${manifest}`), { merge: true });
    const pod: HostAccess = kind === "Pod" ? spec : spec.template.spec;
    const [container] = pod.containers;
    assert(container.args.includes("--kubeconfig-pregenerated=true"), container.args.join(" "));
    assert(!container.args.some((arg) => arg.startsWith("--generate-kubeconfig")), container.args.join(" "));
    const paths = pod.volumes.flatMap(({ hostPath }) => hostPath?.path ?? []);
    assert.deepEqual(paths.filter((path) => path !== "/etc/ram-auth"), ["/var/lib/ram-auth"]);
    const written = container.volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) =>
      mountPath
    );
    assert.deepEqual(written, ["/var/lib/ram-auth"]);
  });

  testAsRoot(`what the header of ${manifest} has root make is the pod's, but for the webhook kubeconfig`, async () => {
    const header = (await Deno.readTextFile(`manifests/${manifest}`)).split("\napiVersion")[0]!;
    const commands = header.replaceAll(/\\\n# +/g, "").split("\n").map((line) => /^# {3}(.*)$/.exec(line)?.[1] ?? "");
    const made = commands.filter((line) => /^install -d .*\/var\/lib|^ram-auth init/.test(line));
    assert.equal(made.length, 2, header);
    const root = await Deno.makeTempDir();
    try {
      await Deno.chmod(root, 0o755);
      await Deno.writeTextFile(`${root}/config.yaml`, "clusterID: demo\nserver: {mapRoles: []}\n");
      const script = made.join("\n")
        .replaceAll(/ (\/(var\/lib|etc\/kubernetes)\/)/g, ` ${root}$1`)
        .replace(/-c \S+/, `-c ${root}/config.yaml`)
        .replace("ram-auth init", '"$@" init');
      const program = [Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, "main.ts"];
      const { success, stderr } = await new Deno.Command("sh", { args: ["-euc", script, "sh", ...program] }).output();
      assert(success, new TextDecoder().decode(stderr));
      const owned = await shellOfOther('cat "$1"/var/lib/ram-auth/*.pem | grep -c BEGIN', root);
      assert.equal(owned, "4\n");
      const kubeconfig = `${root}/etc/kubernetes/ram-auth/kubeconfig.yaml`;
      await assert.rejects(shellOfOther('cat "$1"', kubeconfig), /Permission denied/);
      await assert.rejects(shellOfOther('touch "$(dirname "$1")/x"', kubeconfig), /Permission denied/);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
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
      const known = new Map(optionsOf("server", OPTION_ROWS));
      for (const arg of args) assert.ok(known.has(/^--([^=]+)=./.exec(arg)?.[1] as never), arg);
    });
  }
});

Deno.test("the unit and the pods run the server in the environment that is measured", async () => {
  const read = (name: string) => Deno.readTextFile(`manifests/${name}`);
  const [, ofUnit = ""] = /^Environment=(.*)$/m.exec(await read("ram-auth.service")) ?? [];
  assert.deepEqual(Object.fromEntries(ofUnit.split(" ").map((each) => each.split("="))), SERVER_ENVIRONMENT);
  for (const manifest of ["daemonset.yaml", "static-pod.yaml"]) {
    const { kind, spec } = parse(await read(manifest), { merge: true });
    const [{ env }] = (kind === "Pod" ? spec : spec.template.spec).containers;
    const pairs = env.map(({ name, value }: { name: string; value: string }) => [name, value]);
    assert.deepEqual(Object.fromEntries(pairs), SERVER_ENVIRONMENT, manifest);
  }
});
