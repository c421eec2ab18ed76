/** Who else can write where root reads and writes. */

import assert from "node:assert/strict";
import { OTHER_USER, testAsRoot } from "../../support/other_user.ts";
import { type ControlPlaneNode, prepareNode, testOnNode } from "../../support/control_plane_node/control_plane_node.ts";
import { HEALTHY, MANIFEST, startHealth, startNode } from "../../support/control_plane_node/running_node.ts";

for (
  const [what, spoil] of [
    ["the folder can be written by everybody", (folder) => Deno.chmod(folder, 0o777)],
    ["the folder can be written by everybody, but not removed from", (folder) => Deno.chmod(folder, 0o1777)],
    ["the folder can be written by its group", (folder) => Deno.chmod(folder, 0o770)],
    ["a folder above it can be written by everybody", (folder) => Deno.chmod(`${folder}/..`, 0o777)],
    ["the folder belongs to another user", (folder) => Deno.chown(folder, OTHER_USER, OTHER_USER)],
    ["a folder above it belongs to another user", (folder) => Deno.chown(`${folder}/..`, OTHER_USER, OTHER_USER)],
    ["the folder is a link into one of another user", async (folder) => {
      await Deno.rename(folder, `${folder}.theirs`);
      await Deno.chown(`${folder}.theirs`, OTHER_USER, OTHER_USER);
      await Deno.symlink(`${folder}.theirs`, folder);
    }],
  ] as const satisfies readonly (readonly [string, (folder: string) => Promise<void>])[]
) {
  testAsRoot(`no original is kept, and none put back, where ${what}`, async () => {
    await using node = await prepareNode();
    const backups = `${node.folder}/above/backups`;
    await Deno.mkdir(backups, { recursive: true, mode: 0o755 });
    await Deno.writeTextFile(node.manifest, MANIFEST);
    const args = ["--file", node.manifest, "--no-wait", "--backup-dir", backups];
    assert.equal((await node.configure(...args)).code, 0);
    const configured = await Deno.readTextFile(node.manifest);
    await spoil(backups);
    for (const result of [await node.undo(...args), await node.undo(...args, "--dry-run")]) {
      assert.equal(result.code, 1);
      assert.match(result.stderr, /^ram-auth: Cannot use the backup folder ".*": another user may write in /);
    }
    assert.equal(await Deno.readTextFile(node.manifest), configured);
    await Deno.writeTextFile(node.manifest, MANIFEST);
    const { code, stderr } = await node.configure(...args);
    assert.equal(code, 1);
    assert.match(stderr, /^ram-auth: Cannot use the backup folder /);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  });
}

for (
  const [what, spoil, says] of [
    ["everybody can write", ({ kubeconfig }) => Deno.chmod(kubeconfig, 0o646), /every user can write it/],
    ["its group can write", ({ kubeconfig }) => Deno.chmod(kubeconfig, 0o660), /its group can write it/],
    ["stands where everybody can write", ({ webhookDir }) => Deno.chmod(webhookDir, 0o777), /folder .* can write it/],
    [
      "belongs to another user",
      ({ kubeconfig }) => Deno.chown(kubeconfig, OTHER_USER, OTHER_USER),
      /belongs to user 65532/,
    ],
  ] as const satisfies readonly (readonly [string, (node: ControlPlaneNode) => Promise<void>, RegExp])[]
) {
  testAsRoot(`kube-apiserver is not made to read a kubeconfig that ${what}`, async () => {
    await using node = await prepareNode();
    await Deno.writeTextFile(node.manifest, MANIFEST);
    await spoil(node);
    const { code, stderr } = await node.configure("--file", node.manifest, "--no-wait");
    assert.equal(code, 1);
    assert.match(stderr, /^ram-auth: Cannot use the webhook kubeconfig .*, and as root, run: /);
    assert.match(stderr, says);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  });
}

testOnNode(
  "a manifest that is swapped for a link meanwhile is not written, nor what the link leads to",
  async (node) => {
    await using running = await startNode(node);
    const elsewhere = `${node.folder}/elsewhere.yaml`;
    await using health = startHealth(async () => {
      // Between the first look at the file and the change.
      await Deno.rename(node.manifest, elsewhere);
      await Deno.symlink(elsewhere, node.manifest);
      return HEALTHY();
    });
    const { code, stderr } = await node.configure("--file", node.manifest, health.option);
    assert.equal(code, 1);
    assert.match(stderr, /^ram-auth: Cannot change ".*": it is not a regular file/);
    assert.equal(await Deno.readTextFile(elsewhere), MANIFEST);
    assert.ok(Deno.lstatSync(node.manifest).isSymlink);
    assert.equal(running.started.length, 1);
  },
);

testOnNode("a manifest that somebody else changes before the write is not overwritten", async (node) => {
  await using _running = await startNode(node);
  const theirs = MANIFEST.replace(":v1.36.3", ":v1.36.4");
  await using health = startHealth(async () => {
    await Deno.writeTextFile(node.manifest, theirs);
    return HEALTHY();
  });
  const { code, stderr } = await node.configure("--file", node.manifest, health.option);
  assert.equal(code, 1);
  assert.match(stderr, /^ram-auth: Cannot change ".*": somebody else has just changed it/);
  assert.equal(await Deno.readTextFile(node.manifest), theirs);
});

for (const kind of ["a folder", "a FIFO"]) {
  testOnNode(`${kind} in place of the manifest is refused`, async (node) => {
    if (kind === "a folder") await Deno.mkdir(node.manifest);
    else await new Deno.Command("mkfifo", { args: [node.manifest] }).output();
    const { code, stderr } = await node.configure("--file", node.manifest, "--no-wait");
    assert.equal(code, 1);
    assert.match(stderr, /^ram-auth: Cannot read the file ".*": it is /);
  });
}
