import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { type ApiserverCommand, prepareNode } from "../support/control_plane_node/control_plane_node.ts";
import { kubeadmManifest } from "../support/control_plane_node/kubeadm_manifests.ts";
import { startCluster } from "../support/cluster.ts";
import { type Kubelet, startKubelet } from "../support/stand_ins/kubelet.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { startProcess } from "../support/process.ts";
import { prepareSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ALICE = `mapUsers:
  - userARN: acs:ram::1234567890123456:user/alice
    username: alice`;

testNeeding(["cluster", "kubectl"], "apiserver configure and undo on a real kube-apiserver", async (t) => {
  await using site = await prepareSite(ALICE);
  await using _server = await site.start();
  await using node = await prepareNode();
  let kubelet: Kubelet | undefined;
  let original = "";
  await using cluster = await startCluster({
    runApiserver: async (program, flags) => {
      original = kubeadmManifest("1.36", { flags });
      await Deno.writeTextFile(node.manifest, original, { mode: 0o600 });
      return kubelet = startKubelet(node.manifests, (args) => startProcess(program, { args }));
    },
  });
  const login = async () => {
    const token = await mintedToken(DEMO_PRINCIPALS.alice, { clusterId: site.clusterId, now: new Date() });
    const kubeconfig = await cluster.writeKubeconfig({ token });
    return await cluster.kubectl(["auth", "whoami"], { kubeconfig });
  };
  // As on any node, the health is asked at the port that the manifest names.
  const run = async (command: ApiserverCommand, ...args: string[]) => {
    const program = node.start(command, "--file", node.manifest, ...args);
    await waitFor(`${command} to end`, () => program.hasEnded(), { timeoutMs: 900_000 });
    const { code } = await program.stop("SIGTERM");
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };
  const good = ["--kubeconfig", site.webhookKubeconfig, "--timeout", "300"];

  await t.step("the API server knows nobody of RAM before", async () => {
    assert.match((await login()).stderr, /Unauthorized|must be logged in/);
  });

  await t.step("once it is configured and healthy, a user of RAM can log in at once", async () => {
    const { code, stderr } = await run("configure", ...good);
    assert.equal(code, 0, stderr);
    const { stdout, stderr: refusal } = await login();
    assert.match(stdout, /alice/, refusal);
  });

  await t.step("a second run restarts nothing", async () => {
    const starts = kubelet!.starts();
    const { code, stdout } = await run("configure", ...good);
    assert.equal(code, 0);
    assert.match(stdout, /^Already configured/);
    assert.equal(kubelet!.starts(), starts);
  });

  await t.step("an undo takes the webhook from it again", async () => {
    const { code, stderr } = await run("undo", "--timeout", "300");
    assert.equal(code, 0, stderr);
    assert.equal(await Deno.readTextFile(node.manifest), original);
    assert.match((await login()).stderr, /Unauthorized|must be logged in/);
  });

  await t.step("a webhook kubeconfig that it cannot read makes it end, and the manifest is put back", async () => {
    // The node's own kubeconfig is none: kube-apiserver says so, and ends.
    const { code, stderr } = await run("configure", "--timeout", "10");
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^Rolled back: /m);
    assert.equal(await Deno.readTextFile(node.manifest), original);
    await waitFor("the API server as it was", async () => (await cluster.kubectl(["get", "namespaces"])).code === 0);
  });

  await t.step("nothing else was left among the manifests at any time", () => {
    assert.deepEqual(kubelet!.strangers(), []);
    assert.deepEqual([...Deno.readDirSync(node.manifests)].map(({ name }) => name), ["kube-apiserver.yaml"]);
  });
});
