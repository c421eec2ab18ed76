import assert from "node:assert/strict";
import { assertOnlyAdded } from "../../support/control_plane_node/assert_only_added.ts";
import { MANIFEST, PODS } from "../../support/control_plane_node/cases.ts";
import { type ControlPlaneNode, testOnNode, treeOf } from "../../support/control_plane_node/control_plane_node.ts";

/** Configures, configures again, and undoes; each step is judged. */
async function goThroughALife(node: ControlPlaneNode, original: string): Promise<void> {
  await Deno.writeTextFile(node.manifest, original);
  await Deno.chmod(node.manifest, 0o640);
  const before = treeOf(node.manifests);
  const args = ["--type=kubeadm", `--file=${node.manifest}`, "--no-wait"];

  const first = await node.configure(...args);
  assert.equal(first.code, 0, first.stderr);
  const changed = await Deno.readTextFile(node.manifest);
  assertOnlyAdded(node, original, changed);
  const added = changed.split("\n").filter((line) => line.includes(node.webhookDir));
  assert.equal(added.length, 3, added.join("\n"));
  assert.equal(changed.split("\n").filter((line) => !added.includes(line)).join("\n"), original);
  assert.equal(Deno.statSync(node.manifest).mode! & 0o777, 0o640);

  const after = treeOf(node.folder);
  const second = await node.configure(...args);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /^Already configured: /);
  assert.deepEqual(treeOf(node.folder), after, "the second run changed something");

  const undone = await node.undo(...args);
  assert.equal(undone.code, 0, undone.stderr);
  assert.deepEqual(treeOf(node.manifests), before);
}

for (const [what, text] of PODS) {
  testOnNode(
    `the manifest of a pod (${what}) gets flag, mount and volume once, and loses them again`,
    (node) => goThroughALife(node, text),
  );
}

testOnNode("a dry run shows what would change, and changes nothing", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const before = treeOf(node.folder);
  const { code, stdout, stderr } = await node.configure("--file", node.manifest, "--dry-run");
  assert.equal(code, 0, stderr);
  assert.deepEqual(treeOf(node.folder), before);
  assert.match(stdout, /^--- .*\n\+\+\+ .*\n@@ /);
  const changed = stdout.split("\n").slice(2).filter((line) => /^[-+]/.test(line));
  assert.deepEqual(changed, [
    `+    - ${node.flag}`,
    `+    - { name: ram-auth, mountPath: ${node.webhookDir}, readOnly: true }`,
    `+  - { name: ram-auth, hostPath: { path: ${node.webhookDir}, type: Directory } }`,
  ]);
});

testOnNode("the original is kept beside no manifest, for root alone", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const { code, stderr } = await node.configure("--file", node.manifest, "--no-wait");
  assert.equal(code, 0, stderr);
  assert.deepEqual([...Deno.readDirSync(node.manifests)].map(({ name }) => name), ["kube-apiserver.yaml"]);
  assert.equal(Deno.statSync(node.backupDir).mode! & 0o777, 0o700);
  for (const path of Object.keys(treeOf(node.backupDir))) {
    const { mode, isFile } = Deno.statSync(path);
    if (isFile) assert.equal(mode! & 0o777, 0o600, path);
  }
  assert.equal(await Deno.readTextFile(`${node.backupDir}${node.manifest}.original`), MANIFEST);
});
