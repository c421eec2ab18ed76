import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { kubeadmManifest } from "../support/control_plane_node/kubeadm_manifests.ts";
import { admit, ALICE } from "../cli/doctor/patient.ts";
import { startCluster } from "../support/cluster.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

testNeeding(
  ["cluster", "kubectl"],
  "doctor on a sound installation with a real kube-apiserver, and what breaks it",
  async (t) => {
    await using patient = await admit(ALICE);
    const { site, manifest, examine, expect, mend } = patient;
    let flags: readonly string[] = [];
    await using cluster = await startCluster({
      webhookKubeconfig: site.webhookKubeconfig,
      webhookVersion: "v1",
      runApiserver: (program, args) => {
        flags = args;
        return startProcess(program, { args });
      },
    });
    await site.writeConfig(
      `${ALICE}kubeconfig: ${cluster.adminKubeconfig}\nbackendMode: [MountedFile, ACKConfigMap, CRD]\n`,
    );
    for (const kind of ["ramidentitymappings", "iamidentitymappings"]) await apply(`manifests/crds/${kind}.yaml`);
    await using _server = await site.start();
    const text = kubeadmManifest("1.36", { flags }).replace(
      /volumeMounts:\n/,
      `volumeMounts:\n    - mountPath: ${site.folder}\n      name: ram-auth\n      readOnly: true\n`,
    ).replace(
      / {2}volumes:\n/,
      `  volumes:\n  - hostPath:\n      path: ${site.folder}\n      type: Directory\n    name: ram-auth\n`,
    );
    await Deno.writeTextFile(manifest, text);
    const options = {
      places: { adminKubeconfigs: [cluster.adminKubeconfig] },
      env: { KUBECONFIG: cluster.adminKubeconfig },
    };

    async function apply(file: string): Promise<void> {
      const { code, stderr } = await cluster.kubectl(["apply", "-f", file]);
      assert.equal(code, 0, stderr);
    }

    await t.step("nobody guards the mappings, until what it says was applied", async () => {
      for (const name of ["ram-auth-mapping-guard", "ram-auth-configmap-guard"]) {
        const finding = await expect("mapping-guard", "warning", /there is no policy/, options);
        assert.ok(finding.saw.includes(name) || name === "ram-auth-configmap-guard");
      }
      await mend("mapping-guard", "warning", /there is no policy/, options);
    });
    await t.step("the API server has not called, until somebody logs in", async () => {
      await expect("apiserver-calls", "warning", /./, options);
      const token = await mintedToken(DEMO_PRINCIPALS.alice, { clusterId: site.clusterId, now: new Date() });
      const kubeconfig = await cluster.writeKubeconfig({ token });
      assert.match((await cluster.kubectl(["auth", "whoami"], { kubeconfig })).stdout, /alice/);
      await expect("apiserver-calls", "ok", /./, options);
    });
    await t.step("a ConfigMap that is not there", async () => {
      await expect("mapping-sources", "warning", /kube-system\/alibabacloud-auth does not exist/, options);
      await cluster.kubectl([
        "create",
        "configmap",
        "-n",
        "kube-system",
        "alibabacloud-auth",
        "--from-literal=mapUsers=[]",
      ]);
    });
    await t.step("a sound installation: nothing but ok", async () => {
      const { code, findings } = await waitFor("all sources to be read", async () => {
        const diagnosis = await examine(options);
        return diagnosis.findings.get("mapping-sources")!.outcome === "ok" ? diagnosis : undefined;
      });
      assert.deepEqual([...findings.values()].filter(({ outcome }) => outcome !== "ok"), []);
      assert.equal(code, 0);
      assert.match(findings.get("apiserver-version")!.saw, /^v1\./);
    });
    await t.step("a binding that only warns, and a policy that was loosened", async () => {
      const patch = async (kind: string, name: string, value: unknown) => {
        const body = JSON.stringify(value);
        const { code, stderr } = await cluster.kubectl(["patch", kind, name, "--type=merge", "-p", body]);
        assert.equal(code, 0, stderr);
      };
      const binding = "validatingadmissionpolicybinding";
      await patch(binding, "ram-auth-mapping-guard", { spec: { validationActions: ["Warn"] } });
      await mend("mapping-guard", "failed", /"ram-auth-mapping-guard" is not enforced/, options);
      await patch("validatingadmissionpolicy", "ram-auth-configmap-guard", { spec: { failurePolicy: "Ignore" } });
      await mend("mapping-guard", "warning", /"ram-auth-configmap-guard" is not the one of this version/, options);
      const { code, stderr } = await cluster.kubectl(["delete", binding, "ram-auth-configmap-guard"]);
      assert.equal(code, 0, stderr);
      await mend("mapping-guard", "failed", /"ram-auth-configmap-guard" is not enforced/, options);
    });
    await t.step("who may not read policies is told so", async () => {
      const kubeconfig = await cluster.writeKubeconfig({ token: "nobody's" });
      await expect("mapping-guard", "skipped", /401|not accepted/, {
        places: { adminKubeconfigs: [kubeconfig] },
        flags: ["--kubeconfig", kubeconfig],
      });
    });
    await t.step("the API server is away", async () => {
      const kubeconfig = `${site.folder}/admin.conf`;
      const { clusters, ...others } = JSON.parse(await Deno.readTextFile(cluster.adminKubeconfig));
      await Deno.copyFile(cluster.caFile, `${site.folder}/apiserver-ca.pem`);
      clusters[0].cluster["certificate-authority"] = `${site.folder}/apiserver-ca.pem`;
      await Deno.writeTextFile(kubeconfig, JSON.stringify({ clusters, ...others }));
      const options = { places: { adminKubeconfigs: [kubeconfig] } };
      await expect("apiserver-version", "ok", /./, options);
      await cluster.stop();
      await expect("apiserver-version", "skipped", /Cannot /, options);
      await expect("mapping-guard", "skipped", /Cannot /, options);
    });
  },
);
