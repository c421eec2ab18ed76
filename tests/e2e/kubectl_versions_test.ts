import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { startCluster } from "../support/cluster.ts";
import { installOnPath } from "../support/programs/install_on_path.ts";
import { findKubectls } from "../support/programs/kubectls.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite } from "../support/server_process.ts";

const MAPPINGS = `mapUsers:\n  - {userARN: "acs:ram::1234567890123456:user/alice", username: "ram:alice"}`;

testNeeding(
  ["cluster", "kubectl"],
  "every kubectl logs in by exec of v1 and of v1beta1, without a warning",
  async (t) => {
    const { alice } = DEMO_PRINCIPALS;
    await using site = await prepareSite(MAPPINGS);
    await using _server = await site.start();
    await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookVersion: "v1" });
    const env = {
      PATH: await installOnPath(site.folder),
      HOME: site.folder,
      ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
    };
    const token = { command: "ram-auth", args: ["token", "-i", site.clusterId], interactiveMode: "IfAvailable" };
    const kubeconfigs = {
      "v1": await cluster.writeKubeconfig({
        exec: { ...token, apiVersion: "client.authentication.k8s.io/v1", provideClusterInfo: false },
      }),
      "v1beta1": await cluster.writeKubeconfig({
        exec: { ...token, apiVersion: "client.authentication.k8s.io/v1beta1" },
      }),
    };
    const review = `${site.folder}/review.json`;
    await Deno.writeTextFile(
      review,
      JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: {} }),
    );
    for (const kubectl of findKubectls()) {
      for (const [version, kubeconfig] of Object.entries(kubeconfigs)) {
        await t.step(`${kubectl.name} with ${version}`, async () => {
          // Who somebody is, in a form that kubectl 1.27 can ask for too, which knows no "auth whoami" of v1.
          const args = ["create", "--validate=false", "-f", review, "-o", "jsonpath={.status.userInfo.username}"];
          const { code, stdout, stderr } = await kubectl.run([...args, `--kubeconfig=${kubeconfig}`], env);
          assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "ram:alice", stderr: "" });
        });
      }
    }
  },
);
