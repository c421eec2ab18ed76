import assert from "node:assert/strict";
import { parse } from "yaml";
import { startKubelet } from "../../support/stand_ins/kubelet.ts";
import { waitFor } from "../../support/wait_for.ts";
import { type ControlPlaneNode, testOnNodes, treeOf } from "./control_plane_node.ts";
import { prepareFakeApiserver } from "./fake_apiserver.ts";

const OTHER = "authentication-token-webhook-config-file=/var/lib/rancher/k3s/kube-api-authn-webhook.yaml";

const CONFIG = `# A server.
token: made-up
tls-san:
  - api.example.com
node-label: [a=b]
`;

/** Writes `<folder>/rancher/<type>/config.yaml`, and returns its path. */
async function writeConfig(node: ControlPlaneNode, type: string, text: string | undefined): Promise<string> {
  const folder = `${node.folder}/rancher/${type}`;
  await Deno.mkdir(folder, { recursive: true });
  if (text !== undefined) await Deno.writeTextFile(`${folder}/config.yaml`, text);
  return `${folder}/config.yaml`;
}

for (
  const [what, text] of [
    ["no config file", undefined],
    ["an empty config file", ""],
    ["a config file of comments", "# nothing yet"],
    ["a config file without a list of flags", CONFIG],
    ["a marker of the document", `# K3s\n---\n${CONFIG}`],
    ["a list of flags", `${CONFIG}kube-apiserver-arg:\n  - "v=2"\n  - "profiling=false"\n`],
    ["a list that is not indented", `kube-apiserver-arg:\n- v=2\n${CONFIG}`],
    ["quoted keys", `"kube-apiserver-arg":\n  - 'v=2'\n"kube-apiserver-extra-mount":\n  - "/a:/b:ro"\n`],
    ["a list that adds to another", `kube-apiserver-arg+:\n  - v=2\n`],
    ["a commented flag", `${CONFIG}# kube-apiserver-arg:\n#   - ${OTHER}\n`],
    ["no newline at its end", `${CONFIG}kube-apiserver-arg:\n  - v=2`],
    ["ends of lines of Windows", `${CONFIG}kube-apiserver-arg:\n  - v=2\n`.replaceAll("\n", "\r\n")],
  ] as const
) {
  testOnNodes(`K3s and RKE2 with ${what} get the flag once, and lose it again`, async (node) => {
    for (const type of ["k3s", "rke2"]) {
      const file = await writeConfig(node, type, text);
      const before = treeOf(`${node.folder}/rancher`);
      const args = ["--file", file, "--no-wait"];
      const first = await node.run(...args);
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
      const second = await node.run(...args);
      assert.equal(second.code, 0, second.stderr);
      assert.match(second.stdout, /^Already configured/);
      assert.deepEqual(treeOf(node.folder), after);

      const undone = await node.run(...args, "--undo");
      assert.equal(undone.code, 0, undone.stderr);
      assert.deepEqual(treeOf(`${node.folder}/rancher`), before);
      assert.match((await node.run(...args, "--undo")).stdout, /^Already undone/);
    }
  });
}

for (
  const [what, text, why] of [
    ["flags in flow style", 'kube-apiserver-arg: ["v=2"]\n', /kube-apiserver-arg: is not a list in block style/],
    ["one flag without a list", "kube-apiserver-arg: v=2\n", /kube-apiserver-arg: is not a list in block style/],
    ["no flags under their key", "kube-apiserver-arg:\ntoken: x\n", /kube-apiserver-arg: is not a list in block style/],
    ["the key twice", "kube-apiserver-arg:\n- v=2\nkube-apiserver-arg:\n- v=3\n", /more than one kube-apiserver-arg/],
    ["both kinds of list", "kube-apiserver-arg:\n- v=2\nkube-apiserver-arg+:\n- v=3\n", /kube-apiserver-arg\+/],
    ["JSON", '{"token": "x"}\n', /neither a key nor a list item/],
  ] as const
) {
  testOnNodes(`a K3s config with ${what} is refused and left alone`, async (node) => {
    const file = await writeConfig(node, "k3s", text);
    const { code, stderr } = await node.run("--file", file, "--no-wait");
    assert.equal(code, 1);
    assert.match(stderr, why);
    assert(stderr.includes(`kube-apiserver-arg:\n  - "${node.flag.slice(2)}"`), stderr);
    assert.equal(await Deno.readTextFile(file), text);
  });
}

testOnNodes(
  "another webhook of K3s is refused by name, replaced where that is wanted, and brought back",
  async (node) => {
    for (const item of [OTHER, `"--${OTHER}"`, OTHER.replaceAll(/-(?=.*=)/g, "_")]) {
      const original = `kube-apiserver-arg:\n  - v=2\n  - ${item}\n`;
      const file = await writeConfig(node, "k3s", original);
      const refused = await node.run("--file", file, "--no-wait");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /has another webhook now, .*kube-api-authn-webhook\.yaml, .* --replace/);
      const replaced = await node.run("--file", file, "--no-wait", "--replace");
      assert.equal(replaced.code, 0, replaced.stderr);
      assert.deepEqual(parse(await Deno.readTextFile(file)), { "kube-apiserver-arg": [node.flag.slice(2), "v=2"] });
      assert.equal((await node.run("--file", file, "--no-wait", "--undo")).code, 0);
      assert.equal(await Deno.readTextFile(file), original);
    }
  },
);

testOnNodes("a file beside the config whose list would count instead is named", async (node) => {
  const file = await writeConfig(node, "rke2", CONFIG);
  const dropIn = `${node.folder}/rancher/rke2/config.yaml.d/10-flags.yaml`;
  await Deno.mkdir(`${file}.d`);
  for (const text of ["kube-apiserver-arg:\n  - v=2\n", `kube-apiserver-arg+:\n  - ${OTHER}\n`]) {
    await Deno.writeTextFile(dropIn, text);
    const { code, stderr } = await node.run("--file", file, "--no-wait");
    assert.equal(code, 1);
    assert(stderr.includes(dropIn), stderr);
    assert.equal(await Deno.readTextFile(file), CONFIG);
  }
  // There, the list goes on with that of config.yaml.
  await Deno.writeTextFile(dropIn, "kube-apiserver-arg+:\n  - v=2\n");
  const { code, stderr } = await node.run("--file", dropIn, "--no-wait");
  assert.equal(code, 0, stderr);
  assert.deepEqual(parse(await Deno.readTextFile(dropIn)), {
    "kube-apiserver-arg+": [node.flag.slice(2), "v=2"],
    "kube-apiserver-extra-mount+": [`${node.webhookDir}:${node.webhookDir}:ro`],
  });
});

testOnNodes("K3s is restarted before its health counts, and again where it does not get healthy", async (node) => {
  const file = await writeConfig(node, "k3s", CONFIG);
  const seen = `${node.folder}/seen`;
  const restart = ["--restart-command", `cat ${file} >>${seen}`];
  const healthy = await node.run("--file", file, ...restart, "--health-command", "true");
  assert.equal(healthy.code, 0, healthy.stderr);
  const configured = await Deno.readTextFile(file);
  assert.equal(await Deno.readTextFile(seen), configured);

  assert.equal((await node.run("--file", file, ...restart, "--health-command", "true", "--undo")).code, 0);
  await Deno.remove(seen);
  const sick = ["--health-command", `! grep -q token-webhook ${file}`, "--timeout", "5"];
  const rolledBack = await node.run("--file", file, ...restart, ...sick);
  assert.equal(rolledBack.code, 1, rolledBack.stderr);
  assert.match(rolledBack.stderr, /^Failed, and rolled back/m);
  assert.equal(await Deno.readTextFile(file), CONFIG);
  assert.equal(await Deno.readTextFile(seen), configured + CONFIG);
});

testOnNodes("a restart of K3s that fails or hangs is rolled back", async (node) => {
  const file = await writeConfig(node, "k3s", CONFIG);
  for (const restart of ["echo no unit; false", "sleep 600"]) {
    const failing = `if grep -q token-webhook ${file}; then ${restart}; fi`;
    const args = ["--file", file, "--restart-command", failing, "--health-command", "true", "--timeout", "3"];
    const { code, stderr } = await node.run(...args);
    assert.equal(code, 1);
    assert.match(stderr, /^Rolled back: .* \(its restart failed/m);
    assert.equal(await Deno.readTextFile(file), CONFIG);
  }
}, ["sh"]);

testOnNodes("the API server of RKE2 is told from the old one by its flag", async (node) => {
  const file = await writeConfig(node, "rke2", CONFIG);
  const start = await prepareFakeApiserver(node.folder);
  const manifest = (flag = "--v=0") => `spec: {containers: [{command: [kube-apiserver, ${flag}]}], volumes: []}`;
  await Deno.writeTextFile(node.manifest, manifest());
  await using kubelet = startKubelet(node.manifests, start);
  await waitFor("the first API server", () => kubelet.starts() > 0);
  // RKE2 writes the manifest of its API server when it starts.
  const restart = `printf '%s' '${manifest(node.flag)}' >${node.manifest}`;
  const args = ["--file", file, "--health-command", "true", "--timeout", "300", "--restart-command"];
  const { code, stderr } = await node.run(...args, restart);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /kube-apiserver \(process \d+\) is healthy/);
}, ["sh"]);
