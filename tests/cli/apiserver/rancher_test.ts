import assert from "node:assert/strict";
import { parse } from "yaml";
import { CONFIGS, DAMAGED_CONFIGS, OTHER, UNREADABLE_CONFIGS } from "../../support/control_plane_node/cases.ts";
import { type ControlPlaneNode, testOnNode, treeOf } from "../../support/control_plane_node/control_plane_node.ts";

const CONFIG = "token: made-up\n";

/** Writes `<folder>/rancher/<type>/config.yaml`, and returns its path. */
async function writeConfig(node: ControlPlaneNode, type: string, text: string | undefined): Promise<string> {
  const folder = `${node.folder}/rancher/${type}`;
  await Deno.mkdir(folder, { recursive: true });
  if (text !== undefined) await Deno.writeTextFile(`${folder}/config.yaml`, text);
  return `${folder}/config.yaml`;
}

for (const [what, text] of CONFIGS) {
  testOnNode(`K3s and RKE2 with ${what} get the flag once, and lose it again`, async (node) => {
    for (const type of ["k3s", "rke2"]) {
      const file = await writeConfig(node, type, text);
      const before = treeOf(`${node.folder}/rancher`);
      const args = ["--file", file, "--no-wait"];
      const first = await node.configure(...args);
      assert.equal(first.code, 0, first.stderr);

      const changed = parse(await Deno.readTextFile(file));
      const want = parse(text ?? "") ?? {};
      const add = (key: string, item: string) => {
        const found = `${key}+` in want ? `${key}+` : key;
        want[found] = [item, ...(want[found] ?? [])];
      };
      add("kube-apiserver-arg", node.flag.slice(2));
      if (type === "rke2") add("kube-apiserver-extra-mount", `${node.webhookDir}:${node.webhookDir}:ro`);
      const lists = (config: Record<string, unknown>) =>
        Object.entries(config).map(([key, value]) => [key, Array.isArray(value) ? value.toSorted() : value]).toSorted();
      assert.deepEqual(lists(changed), lists(want));

      const after = treeOf(node.folder);
      const second = await node.configure(...args);
      assert.equal(second.code, 0, second.stderr);
      assert.match(second.stdout, /^Already configured/);
      assert.deepEqual(treeOf(node.folder), after);

      const undone = await node.undo(...args);
      assert.equal(undone.code, 0, undone.stderr);
      assert.deepEqual(treeOf(`${node.folder}/rancher`), before);
      assert.match((await node.undo(...args)).stdout, /^Already undone/);
    }
  });
}

for (const [what, text] of [...DAMAGED_CONFIGS, ...UNREADABLE_CONFIGS]) {
  testOnNode(`a K3s config with ${what} is left alone`, async (node) => {
    const file = await writeConfig(node, "k3s", text);
    const before = treeOf(node.folder);
    const { code, stderr } = await node.configure("--file", file, "--no-wait");
    assert.equal(code, 1);
    assert(stderr.includes(`kube-apiserver-arg:\n  - "${node.flag.slice(2)}"`), stderr);
    assert.deepEqual(treeOf(node.folder), before);
  });
}

testOnNode(
  "another webhook of K3s is refused by name, replaced where that is wanted, and brought back",
  async (node) => {
    for (const item of [OTHER, `"--${OTHER}"`, OTHER.replaceAll(/-(?=.*=)/g, "_")]) {
      const original = `kube-apiserver-arg:\n  - v=2\n  - ${item}\n`;
      const file = await writeConfig(node, "k3s", original);
      const refused = await node.configure("--file", file, "--no-wait");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /has another webhook now, .*\/etc\/other\/webhook\.yaml, .* --replace/);
      const replaced = await node.configure("--file", file, "--no-wait", "--replace");
      assert.equal(replaced.code, 0, replaced.stderr);
      assert.deepEqual(parse(await Deno.readTextFile(file)), { "kube-apiserver-arg": [node.flag.slice(2), "v=2"] });
      assert.equal((await node.undo("--file", file, "--no-wait")).code, 0);
      assert.equal(await Deno.readTextFile(file), original);
    }
  },
);

testOnNode("a file beside the config whose list would count instead is named", async (node) => {
  const file = await writeConfig(node, "rke2", CONFIG);
  const dropIn = `${node.folder}/rancher/rke2/config.yaml.d/10-flags.yaml`;
  await Deno.mkdir(`${file}.d`);
  for (const text of ["kube-apiserver-arg:\n  - v=2\n", `kube-apiserver-arg+:\n  - ${OTHER}\n`]) {
    await Deno.writeTextFile(dropIn, text);
    const { code, stderr } = await node.configure("--file", file, "--no-wait");
    assert.equal(code, 1);
    assert(stderr.includes(dropIn), stderr);
    assert.equal(await Deno.readTextFile(file), CONFIG);
  }
  // There, the list goes on with that of config.yaml.
  await Deno.writeTextFile(dropIn, "kube-apiserver-arg+:\n  - v=2\n");
  const { code, stderr } = await node.configure("--file", dropIn, "--no-wait");
  assert.equal(code, 0, stderr);
  assert.deepEqual(parse(await Deno.readTextFile(dropIn)), {
    "kube-apiserver-arg+": [node.flag.slice(2), "v=2"],
    "kube-apiserver-extra-mount+": [`${node.webhookDir}:${node.webhookDir}:ro`],
  });
});

testOnNode("none of many files beside the config is passed over", async (node) => {
  const file = await writeConfig(node, "k3s", CONFIG);
  await Deno.mkdir(`${file}.d`);
  for (
    const [count, why] of [[150, /z\.yaml" has another webhook/], [1_001, /more than 1000 files; take some/]] as const
  ) {
    for (let at = 0; at < count; at += 1) await Deno.writeTextFile(`${file}.d/${at}.yaml`, "");
    await Deno.writeTextFile(`${file}.d/z.yaml`, `kube-apiserver-arg+:\n  - "${OTHER}"\n`);
    const { code, stderr } = await node.configure("--file", file, "--no-wait");
    assert.equal(code, 1);
    assert.match(stderr, why);
  }
});
