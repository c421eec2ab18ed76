/** What a run that is killed leaves, whenever that is, is taken up by the next one, or put back by an undo. */

import assert from "node:assert/strict";
import { keepOriginal } from "../../../lib/cli/apiserver/backup.ts";
import { planChange } from "../../../lib/cli/apiserver/plan.ts";
import { realWorld } from "../../../lib/world.ts";
import { waitFor } from "../../support/wait_for.ts";
import { type ControlPlaneNode, exists, testOnNode } from "../../support/control_plane_node/control_plane_node.ts";
import {
  HEALTHY,
  MANIFEST,
  startHealth,
  startNode,
  unhealthyWithFlag,
} from "../../support/control_plane_node/running_node.ts";

/** Leaves what a run leaves that is killed when it has kept the original and not yet written the file. */
async function killBeforeWrite(node: ControlPlaneNode): Promise<void> {
  const file = { kind: "kubeadm", path: node.manifest, before: MANIFEST } as const;
  const { after } = planChange(file, { kubeconfig: node.kubeconfig, replace: false });
  await keepOriginal(realWorld(), node.backupDir, node.manifest, { from: MANIFEST, to: after });
  await Deno.writeTextFile(`${node.manifests}/.kube-apiserver.yaml.${crypto.randomUUID()}.tmp`, after.slice(0, 100));
  await Deno.writeTextFile(`${node.manifests}/.kube-apiserver.yaml.ram-auth.lock`, "", { mode: 0o600 });
}

testOnNode(
  "killed between backup and write: the next run makes the change, and leaves nothing of the first",
  async (node) => {
    await using _running = await startNode(node);
    await using health = startHealth(HEALTHY);
    await killBeforeWrite(node);
    const args = ["--file", node.manifest, "--timeout", "300", health.option];
    const { code, stdout, stderr } = await node.configure(...args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Configured: /);
    assert.deepEqual([...Deno.readDirSync(node.manifests)].map(({ name }) => name), ["kube-apiserver.yaml"]);
    assert.equal((await node.undo(...args)).code, 0);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  },
);

testOnNode(
  "killed between backup and write: an undo finds the original, and sees that it is in force",
  async (node) => {
    await using _running = await startNode(node);
    await using health = startHealth(HEALTHY);
    await killBeforeWrite(node);
    const { code, stdout, stderr } = await node.undo("--file", node.manifest, "--timeout", "300", health.option);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /was put back by a run that was killed; going on with it/);
    assert.match(stdout, /^Undone: /);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
    assert.match((await node.undo("--file", node.manifest)).stdout, /^Already undone/);
  },
);

testOnNode("killed in the midst of a second change: the original stays the one of before the first", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const args = ["--file", node.manifest, "--no-wait"];
  const second = `${node.kubeconfig}.new`;
  await Deno.copyFile(node.kubeconfig, second);
  const toSecond = ["--kubeconfig", second, "--replace"];
  for (const next of [() => node.undo(...args), () => node.configure(...args, ...toSecond)]) {
    assert.equal((await node.configure(...args)).code, 0);
    const first = await Deno.readTextFile(node.manifest);
    const to = first.replaceAll(node.kubeconfig, second);
    await keepOriginal(realWorld(), node.backupDir, node.manifest, { from: first, to });
    const { code, stderr } = await next();
    assert.equal(code, 0, stderr);
    if (await Deno.readTextFile(node.manifest) !== MANIFEST) assert.equal((await node.undo(...args)).code, 0);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  }
});

testOnNode("killed while it waits: the next run goes on, and puts the original back where it must", async (node) => {
  await using running = await startNode(node);
  let isGood = false;
  const sick = unhealthyWithFlag(node);
  await using health = startHealth(() => isGood ? HEALTHY() : sick());
  const args = ["--file", node.manifest, "--timeout", "300", health.option];
  const kill = async () => {
    await using program = node.start("configure", ...args);
    await waitFor("it to wait", () => program.stderr().includes("no good"));
    await program.stop("SIGKILL");
    assert.ok((await Deno.readTextFile(node.manifest)).includes(node.flag));
  };
  await kill();
  isGood = true;
  const next = await node.configure(...args);
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stderr, /was changed by a run that was killed; going on with it/);
  assert.match(next.stdout, /^Configured: /);
  assert.match((await node.configure(...args)).stdout, /^Already configured/);
  assert.equal((await node.undo(...args)).code, 0);

  isGood = false;
  await kill();
  const failed = await node.configure("--file", node.manifest, "--timeout", "3", health.option);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^Rolled back: /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  await waitFor("the old API server", () => !running.started.at(-1)?.includes(node.flag));
});

for (
  const [when, isThen] of [
    ["the original is kept", (node) => exists(`${node.backupDir}${node.manifest}.original`)],
    ["the change is noted", (node) => exists(`${node.backupDir}${node.manifest}.pending`)],
    ["the file is written", (node) => Deno.readTextFileSync(node.manifest).includes(node.flag)],
  ] as const satisfies readonly (readonly [string, (node: ControlPlaneNode) => boolean])[]
) {
  testOnNode(`killed about when ${when}: another run ends well, and an undo gives the original`, async (node) => {
    await using running = await startNode(node);
    await using health = startHealth(HEALTHY);
    const args = ["--file", node.manifest, "--timeout", "300", health.option];
    await using program = node.start("configure", ...args);
    await waitFor(when, () => isThen(node) || program.hasEnded());
    await program.stop("SIGKILL");
    const { code, stdout, stderr } = await node.configure(...args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Configured: /);
    assert.ok(running.started.at(-1)?.includes(node.flag));
    assert.equal((await node.undo(...args)).code, 0);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
    assert.deepEqual(running.kubelet.strangers(), []);
  });
}
