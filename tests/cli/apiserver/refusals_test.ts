import assert from "node:assert/strict";
import { DAMAGED_PODS, MANIFEST, UNREADABLE_PODS } from "../../support/control_plane_node/cases.ts";
import { testOnNode, treeOf } from "../../support/control_plane_node/control_plane_node.ts";

const NO_WAIT = ["--type", "kubeadm", "--no-wait"];

for (const [what, damaged] of [...DAMAGED_PODS, ...UNREADABLE_PODS]) {
  testOnNode(`a manifest with ${what} is left alone`, async (node) => {
    await Deno.writeTextFile(node.manifest, damaged);
    const before = treeOf(node.folder);
    const { code, stdout, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
    assert.equal(code, 1, stdout);
    assert.match(stderr, /^ram-auth: Cannot change ".*": .*; nothing was changed/);
    assert(stderr.includes(`- ${node.flag}\n`), stderr);
    assert.deepEqual(treeOf(node.folder), before);
  });
}

testOnNode("a flag, mount and volume that were added by hand, as the README has them, are found", async (node) => {
  for (
    const flag of [
      node.flag,
      node.flag.replace("=", "\n    - "),
      node.flag.replaceAll(/(?<=-[a-z]+)-(?=[a-z]+.*=)/g, "_"),
    ]
  ) {
    await Deno.writeTextFile(
      node.manifest,
      MANIFEST
        .replace("    - --advertise", `    - ${flag}\n    - --advertise`)
        .replace(
          "  hostNetwork:",
          `    - { name: ram-auth, mountPath: ${node.webhookDir}/, readOnly: true }\n  hostNetwork:`,
        )
        .replace(
          "status:",
          `  - { name: ram-auth, hostPath: { path: "${node.webhookDir}", type: Directory } }\nstatus:`,
        ),
    );
    const { code, stdout, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Already configured/, flag);
  }
});

testOnNode("a folder that is mounted already needs no further mount", async (node) => {
  const original = MANIFEST
    .replace("  hostNetwork:", `    - mountPath: ${node.folder}\n      name: all\n  hostNetwork:`)
    .replace("status:", `  - name: all\n    hostPath: { path: ${node.folder} }\nstatus:`);
  await Deno.writeTextFile(node.manifest, original);
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 0, stderr);
  const changed = await Deno.readTextFile(node.manifest);
  assert.equal(changed.replace(`    - ${node.flag}\n`, ""), original);
});

testOnNode("a manifest that has the line of the flag where it is none is refused", async (node) => {
  const original = MANIFEST.replace("    env:\n", `    env:\n    - ${node.flag}\n`);
  assert.notEqual(original, MANIFEST);
  await Deno.writeTextFile(node.manifest, original);
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /line \d+ names the flag where it is none/);
  assert.equal(await Deno.readTextFile(node.manifest), original);
});

testOnNode("a folder that is mounted from elsewhere is refused", async (node) => {
  await Deno.writeTextFile(
    node.manifest,
    MANIFEST.replace("  hostNetwork:", `    - mountPath: ${node.webhookDir}\n      name: k8s-certs\n  hostNetwork:`),
  );
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /is mounted already, and not from the same folder/);
});

testOnNode("a symbolic link is refused", async (node) => {
  await Deno.writeTextFile(`${node.folder}/real.yaml`, MANIFEST);
  await Deno.symlink(`${node.folder}/real.yaml`, node.manifest);
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /is not a regular file/);
});

testOnNode("a missing kubeconfig is refused before anything changes, and noted by a dry run", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  await Deno.remove(node.kubeconfig);
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /^ram-auth: Cannot use the webhook kubeconfig .*ram-auth init/);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  const dry = await node.configure(...NO_WAIT, "--file", node.manifest, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stderr, /^Note: there is no /);
});

for (const [mode, saw] of [[0o664, "its group can write it"], [0o646, "every user can write it"]] as const) {
  testOnNode(
    `a kubeconfig of mode ${mode.toString(8)} is refused, because kube-apiserver runs what it names`,
    async (node) => {
      await Deno.writeTextFile(node.manifest, MANIFEST);
      await Deno.chmod(node.kubeconfig, mode);
      const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
      assert.equal(code, 1);
      assert(stderr.includes(saw), stderr);
      assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
    },
  );
}

testOnNode("a kubeconfig that others may read, as aws-iam-authenticator makes it, is taken", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  await Deno.chmod(node.kubeconfig, 0o644);
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 0, stderr);
});
