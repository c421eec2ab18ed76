import assert from "node:assert/strict";
import { swapText } from "../../../lib/cli/apiserver/target_file.ts";
import { realWorld } from "../../../lib/world.ts";
import { assertOnlyAdded } from "../../support/control_plane_node/assert_only_added.ts";
import { testOnNode, treeOf } from "../../support/control_plane_node/control_plane_node.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";

const NO_WAIT = ["--type", "kubeadm", "--no-wait"];
const MANIFEST = kubeadmManifest("1.36");
const OTHER_FLAG = "--authentication-token-webhook-config-file=/etc/other/webhook.yaml";

testOnNode("another webhook is refused by name, replaced where that is wanted, and brought back", async (node) => {
  const withArgs = MANIFEST.replace("    - --secure-port", "    args:\n    - --secure-port");
  for (
    const [without, text] of [
      [MANIFEST, OTHER_FLAG],
      [MANIFEST, `"${OTHER_FLAG}"`],
      [MANIFEST, OTHER_FLAG.replace("=", "\n    - ")],
      [MANIFEST, `${OTHER_FLAG} # old\n    - ${OTHER_FLAG}`],
      [withArgs, OTHER_FLAG],
    ] as const
  ) {
    const original = without.replace("    - --secure-port", `    - ${text}\n    - --secure-port`);
    await Deno.writeTextFile(node.manifest, original);
    const untouched = treeOf(node.manifests);
    const file = [...NO_WAIT, "--file", node.manifest];
    for (const args of [[], ["--dry-run"]]) {
      const refused = await node.configure(...file, ...args);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /has another webhook now, .*=\/etc\/other\/webhook\.yaml, .* --replace/);
      assert.deepEqual(treeOf(node.manifests), untouched);
    }
    const replaced = await node.configure(...file, "--replace");
    assert.equal(replaced.code, 0, replaced.stderr);
    const changed = await Deno.readTextFile(node.manifest);
    assertOnlyAdded(node, without, changed);
    assert.equal((await node.undo(...file)).code, 0);
    assert.equal(await Deno.readTextFile(node.manifest), original);
  }
});

testOnNode("an undo after a change of the kubeconfig brings back what was before the first", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const file = [...NO_WAIT, "--file", node.manifest];
  assert.equal((await node.configure(...file)).code, 0);
  const second = `${node.kubeconfig}.new`;
  await Deno.copyFile(node.kubeconfig, second);
  const replaced = await node.configure(...file, "--kubeconfig", second, "--replace");
  assert.equal(replaced.code, 0, replaced.stderr);
  assert((await Deno.readTextFile(node.manifest)).includes(`=${second}\n`));
  assert.equal((await node.undo(...file)).code, 0);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("an undo is refused where the file has changed since, and where there is no original", async (node) => {
  const byHand = MANIFEST.replace("    - --secure-port", `    - ${node.flag}\n    - --secure-port`);
  const file = [...NO_WAIT, "--file", node.manifest];
  await Deno.writeTextFile(node.manifest, byHand);
  const never = await node.undo(...file);
  assert.equal(never.code, 1);
  assert.match(never.stderr, /^ram-auth: Cannot undo .* has no original of it/);
  await Deno.writeTextFile(node.manifest, MANIFEST);

  assert.equal((await node.configure(...file)).code, 0);
  const upgraded = (await Deno.readTextFile(node.manifest)).replace(":v1.36.3", ":v1.36.4");
  await Deno.writeTextFile(node.manifest, upgraded);
  const refused = await node.undo(...file);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^ram-auth: Cannot undo .* has changed since/);
  assert.equal(await Deno.readTextFile(node.manifest), upgraded);
});

testOnNode("there is nothing to undo where the manifest has nothing of a change", async (node) => {
  const file = [...NO_WAIT, "--file", node.manifest];
  await Deno.writeTextFile(node.manifest, kubeadmManifest("1.35"));
  const assertNothing = async () => {
    const before = await Deno.readTextFile(node.manifest);
    for (const args of [["--dry-run"], []]) {
      const { code, stdout, stderr } = await node.undo(...file, ...args);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Nothing to undo: ".*" has no webhook$/m);
    }
    assert.equal(await Deno.readTextFile(node.manifest), before);
  };
  await assertNothing();
  assert.equal((await node.configure(...file)).code, 0);
  // As "kubeadm upgrade" does.
  await Deno.writeTextFile(node.manifest, MANIFEST);
  await assertNothing();
  const mount = `    - { name: x, mountPath: ${node.webhookDir}, readOnly: true }`;
  for (const left of [mount, `    - --authentication_token_webhook_config_file=/etc/other.yaml`]) {
    await Deno.writeTextFile(node.manifest, `${MANIFEST}${left}\n`);
    const { code, stderr } = await node.undo(...file);
    assert.equal(code, 1);
    assert.match(stderr, /^ram-auth: Cannot undo .* has changed since/);
  }
});

testOnNode("a manifest that kubeadm wrote anew is configured again, and its undo is the new one", async (node) => {
  const file = [...NO_WAIT, "--file", node.manifest];
  await Deno.writeTextFile(node.manifest, kubeadmManifest("1.35"));
  assert.equal((await node.configure(...file)).code, 0);
  await Deno.writeTextFile(node.manifest, MANIFEST);
  assert.equal((await node.configure(...file)).code, 0);
  assertOnlyAdded(node, MANIFEST, await Deno.readTextFile(node.manifest));
  const dry = await node.undo(...file, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^- {4}- --authentication-token-webhook/m);
  assertOnlyAdded(node, MANIFEST, await Deno.readTextFile(node.manifest));
  assert.equal((await node.undo(...file)).code, 0);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("a backup folder that others may write in is refused", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  await Deno.mkdir(node.backupDir);
  await Deno.chmod(node.backupDir, 0o777);
  const { code, stderr } = await node.configure(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /^ram-auth: Cannot use the backup folder/);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode(
  "that a drop-in is gone is flushed to the disk, or a crash of the machine could bring it back",
  async (node) => {
    const folder = `${node.folder}/kube-apiserver.service.d`;
    for (const other of ["of another", undefined]) {
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/ram-auth.conf`, "ours");
      if (other !== undefined) await Deno.writeTextFile(`${folder}/site.conf`, other);
      const world = realWorld();
      const flushed: string[] = [];
      const openDescriptor: typeof world.fs.openDescriptor = async (path) => {
        const opened = await world.fs.openDescriptor(path);
        if (!Deno.statSync(path).isDirectory) return opened;
        const names = [...Deno.readDirSync(path)].map(({ name }) => name);
        return Object.assign(opened, { sync: () => Promise.resolve(void flushed.push(`${path}: ${names.join(" ")}`)) });
      };
      const target = { kind: "systemd", path: `${folder}/ram-auth.conf`, unit: undefined, service: undefined } as const;
      await swapText({ ...world, fs: { ...world.fs, openDescriptor } }, target, { from: "ours", to: undefined });
      const [where, what] = other === undefined ? [node.folder, "(manifests ?|webhook ?)*"] : [folder, "site.conf"];
      assert.ok(flushed.some((one) => new RegExp(`^${where}: ${what}$`).test(one)), flushed.join("\n"));
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  },
);
