import assert from "node:assert/strict";
import { ALL, MANIFESTS } from "../../../lib/cli/manifests/texts.ts";
import { binaryPermissions } from "../../../scripts/permissions.ts";
import { startCluster } from "../../support/cluster.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";

/** The sources, with the permissions that a binary starts with. */
const RAM_AUTH = [Deno.execPath(), "run", "--quiet", ...binaryPermissions(Deno.build.target), "main.ts"];

/** Names of what kubectl applies, after the kinds that some are written in. */
const APPLIED = Object.entries(MANIFESTS).filter(([, { isApplied }]) => isApplied).map(([name]) => name);

testNeeding(["cluster", "kubectl"], "ram-auth manifests pipes into kubectl apply", async (t) => {
  await using cluster = await startCluster();
  /** `ram-auth manifests <arguments> | kubectl apply --server-side <flags> -f -` */
  const apply = async (args: readonly string[], flags: readonly string[] = ["--dry-run=server"]): Promise<string> => {
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [
        "-euo",
        "pipefail",
        "-c",
        'kubeconfig=$1 args=$2 flags=$3; shift 3; "$@" manifests $args | ' +
        'kubectl --kubeconfig="$kubeconfig" apply --server-side $flags -f -',
        "bash",
        cluster.adminKubeconfig,
        args.join(" "),
        flags.join(" "),
        ...RAM_AUTH,
      ],
      stdin: "null",
    }).output();
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
    return new TextDecoder().decode(stdout);
  };
  const isThere = async (...what: readonly string[]) => (await cluster.kubectl(["get", ...what])).code === 0;
  await waitFor("kube-system", () => isThere("ns", "kube-system"));
  await waitFor("the priority classes", () => isThere("priorityclass", "system-node-critical"));

  await t.step("the kinds of mappings, for good", async () => {
    assert.match(await apply(["crds"], []), /ramidentitymappings[^]*iamidentitymappings/);
    const established = await cluster.kubectl([
      "wait",
      "--for=condition=Established",
      "crd",
      "--all",
      "--timeout=180s",
    ]);
    assert.equal(established.code, 0, established.stderr);
  });

  for (const name of APPLIED) {
    await t.step(name, async () => assert.match(await apply([name]), /serverside-applied \(server dry run\)/));
  }

  await t.step("the pod of the kubelet, which the API server would take, too", async () => {
    assert.match(await apply(["static-pod"]), /pod\/ram-auth serverside-applied/);
  });

  await t.step("all at once, with an image and a folder of one's own, as it then stands in the cluster", async () => {
    await apply(["all", "--image", "registry.example.com/ram-auth:1", "--state-dir", "/srv/ram-auth"], []);
    const { stdout } = await cluster.kubectl(["get", "daemonset", "ram-auth", "-n", "kube-system", "-o", "json"]);
    const pod = JSON.parse(stdout).spec.template.spec;
    assert.equal(pod.containers[0].image, "registry.example.com/ram-auth:1");
    assert.equal(pod.volumes[1].hostPath.path, "/srv/ram-auth");
    assert.ok(ALL.includes("mapping-guard") && await isThere("validatingadmissionpolicy", "ram-auth-mapping-guard"));
    assert.ok(await isThere("clusterrole", "ram-auth-mappings"));
    assert.ok(!await isThere("clusterrolebinding", "ram-auth-admins"));
  });

  await t.step("over that, an upgrade that starts each new pod beside the old one", async () => {
    await apply(["daemonset", "--share-port", "--health-port", "21364"], []);
    const { stdout } = await cluster.kubectl(["get", "daemonset", "ram-auth", "-n", "kube-system", "-o", "json"]);
    const { updateStrategy, template } = JSON.parse(stdout).spec;
    assert.deepEqual(updateStrategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
    assert.ok(template.spec.containers[0].args.includes("--share-port"));
  });
});
