import assert from "node:assert/strict";
import { parse } from "yaml";
import { type FileToChange, ShapeError } from "../../../lib/cli/apiserver/change.ts";
import { listenerIn, planChange } from "../../../lib/cli/apiserver/plan.ts";
import { MANIFEST } from "../../support/control_plane_node/cases.ts";
import { kopsManifest, type KopsOptions, type KopsStart } from "../../support/control_plane_node/kops_manifest.ts";

const PATH = "/etc/kubernetes/manifests/kube-apiserver.manifest";
const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";
const IN_KOPS = "/srv/kubernetes/kube-apiserver/ram-auth/kubeconfig.yaml";

function manifest(start: KopsStart, options?: KopsOptions, path = PATH): FileToChange {
  return { kind: "kubeadm", path, before: kopsManifest(start, options) };
}

/** The lines for the spec of the cluster, from a refusal. */
function specIn(file: FileToChange, { kubeconfig = KUBECONFIG, replace = false } = {}): Record<string, unknown> {
  let message = "";
  assert.throws(() => planChange(file, { kubeconfig, replace }), (error) => {
    assert.ok(error instanceof ShapeError && error.reason === "rewritten", String(error));
    message = error.message;
    return true;
  });
  assert.doesNotMatch(message, /hostPath|volumeMounts/, "nothing is to be added to the manifest by hand");
  return parse(message.slice(message.indexOf("\nspec:"))).spec;
}

for (
  const [what, file] of [
    ["by a log runner", manifest("runner")],
    ["directly", manifest("direct")],
    ["by a shell", manifest("shell")],
    ["without DNS names", manifest("runner", { hasDns: false })],
    ["from a file of another name", manifest("direct", {}, "/etc/kubernetes/manifests/kube-apiserver.yaml")],
    ["with another webhook", manifest("direct", { webhook: "/etc/kubernetes/authn.config" })],
    ["with ours, which it does not see", manifest("runner", { webhook: KUBECONFIG })],
    ["from JSON", { ...manifest("direct"), before: JSON.stringify(parse(kopsManifest("direct")), null, 2) }],
  ] as const
) {
  Deno.test(`a manifest of kOps that starts kube-apiserver ${what} is never changed: the spec of the cluster is`, () => {
    for (const replace of [false, true]) {
      const spec = specIn(file, { replace });
      assert.deepEqual(spec["kubeAPIServer"], { authenticationTokenWebhookConfigFile: IN_KOPS });
      const [asset] = spec["fileAssets"] as readonly Record<string, unknown>[];
      assert.equal(asset!["path"], IN_KOPS);
    }
  });
}

Deno.test("a kubeconfig in a folder that kOps mounts stays where it is wanted", () => {
  const kubeconfig = "/srv/kubernetes/kube-apiserver/webhook/x.yaml";
  const spec = specIn(manifest("runner"), { kubeconfig });
  assert.deepEqual(spec["kubeAPIServer"], { authenticationTokenWebhookConfigFile: kubeconfig });
});

Deno.test("a manifest of kOps that has the flag by the spec of the cluster is configured", () => {
  for (const start of ["runner", "direct"] as const) {
    const file = manifest(start, { webhook: IN_KOPS });
    const plan = planChange(file, { kubeconfig: IN_KOPS, replace: false });
    assert.deepEqual([plan.isConfigured, plan.after], [true, file.before]);
    assert.deepEqual(plan.listener, { address: "0.0.0.0", port: 443 });
  }
  assert.throws(() => listenerIn(manifest("shell")), ShapeError);
});

Deno.test("a manifest of kubeadm by the name that kOps uses is none of kOps", () => {
  const plan = planChange({ kind: "kubeadm", path: PATH, before: MANIFEST }, {
    kubeconfig: KUBECONFIG,
    replace: false,
  });
  assert.equal(plan.isConfigured, false);
});
