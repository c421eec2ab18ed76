import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { assertOnlyAdded } from "./assert_only_added.ts";
import { type ControlPlaneNode, testOnNodes, treeOf } from "./control_plane_node.ts";
import { differentManifests, kubeadmManifest } from "../../cli/apiserver/kubeadm_manifests.ts";

/** Configures, configures again, and undoes; each step is judged. */
async function goThroughALife(node: ControlPlaneNode, original: string): Promise<void> {
  await Deno.writeTextFile(node.manifest, original);
  await Deno.chmod(node.manifest, 0o640);
  const before = treeOf(node.manifests);
  const configure = (...args: string[]) => node.run("--type=kubeadm", `--file=${node.manifest}`, "--no-wait", ...args);

  const first = await configure();
  assert.equal(first.code, 0, first.stderr);
  const changed = await Deno.readTextFile(node.manifest);
  assertOnlyAdded(node, original, changed);
  const added = changed.split("\n").filter((line) => line.includes(node.webhookDir));
  assert.equal(added.length, 3, added.join("\n"));
  assert.equal(changed.split("\n").filter((line) => !added.includes(line)).join("\n"), original);
  assert.equal(Deno.statSync(node.manifest).mode! & 0o777, 0o640);

  const after = treeOf(node.folder);
  const second = await configure();
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /^Already configured: /);
  assert.deepEqual(treeOf(node.folder), after, "the second run changed something");

  const undone = await configure("--undo");
  assert.equal(undone.code, 0, undone.stderr);
  assert.deepEqual(treeOf(node.manifests), before);
}

for (const [name, text] of differentManifests()) {
  testOnNodes(
    `a manifest of kubeadm ${name} gets flag, mount and volume once, and loses them again`,
    (node) => goThroughALife(node, text),
  );
}

const MANIFEST = kubeadmManifest("1.36");

/** Puts lines before the first line that begins so. */
function before(line: string, text: string): string {
  assert(MANIFEST.includes(`\n${line}`), line);
  return MANIFEST.replace(`\n${line}`, `\n${text}\n${line}`);
}

for (
  const [what, original] of [
    ["ends of lines of Windows", MANIFEST.replaceAll("\n", "\r\n")],
    ["no newline at its end", MANIFEST.trimEnd()],
    ["lists that are indented", stringify(parse(MANIFEST))],
    ["lists that are indented by four", stringify(parse(MANIFEST), { indent: 4 })],
    ["quoted flags", MANIFEST.replaceAll(/^( {4}- )(--?.*)$/gm, '$1"$2"')],
    ["quotes of the other kind", MANIFEST.replaceAll(/^( {4}- )(k.*|--?.*)$/gm, "$1'$2'")],
    ["a path of the program", MANIFEST.replace("- kube-apiserver\n", "- /usr/local/bin/kube-apiserver # see image\n")],
    ["flags in args:", MANIFEST.replace("    - --advertise-address", "    args:\n    - --advertise-address")],
    [
      "the flag in a comment",
      before("    - --secure-port", "    # - --authentication-token-webhook-config-file=/etc/other/webhook.yaml"),
    ],
    ["comments everywhere", MANIFEST.replaceAll(/^(.*[^|])$/gm, "$1 # a remark: - it is\n# - x: y")],
    ["blank lines", MANIFEST.replaceAll("\n", "\n\n")],
    ["a marker of the document", `---\n${MANIFEST}`],
    ["a remark at its top", `# as kubeadm wrote it\n${MANIFEST}`],
    [
      "a text that looks like a manifest",
      before(
        "  labels:",
        "    note: |\n      spec:\n        volumes: []\n\n      containers:\n    more: >-\n      volumes: {",
      ),
    ],
    [
      "a container beside it",
      before(
        "  hostNetwork:",
        "  - name: kms\n    command: [/kms, --port=1]\n    volumeMounts:\n    - { name: kms, mountPath: /run/kms }",
      ),
    ],
    [
      "a container before it",
      before(
        "  - command:",
        "  - name: kms\n    command:\n    - /kms\n    volumeMounts:\n    - mountPath: /run\n      name: kms",
      ),
    ],
    [
      "a mount of another folder below",
      before("    - mountPath: /etc/ssl", "    - {mountPath: /etc/kubernetes/x, name: x}"),
    ],
    [
      "another order of the keys",
      stringify({
        spec: (({ volumes, containers: [container], ...rest }) => ({
          volumes,
          ...rest,
          containers: [Object.fromEntries(Object.entries(container).reverse())],
        }))(parse(MANIFEST).spec),
        kind: "Pod",
        apiVersion: "v1",
      }, { indentSeq: false }),
    ],
  ] as const
) {
  testOnNodes(`a manifest with ${what} is understood`, (node) => goThroughALife(node, original));
}

testOnNodes("a dry run shows what would change, and changes nothing", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const before = treeOf(node.folder);
  const { code, stdout, stderr } = await node.run("--file", node.manifest, "--dry-run");
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

testOnNodes("the original is kept beside no manifest, for root alone", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const { code, stderr } = await node.run("--file", node.manifest, "--no-wait");
  assert.equal(code, 0, stderr);
  assert.deepEqual([...Deno.readDirSync(node.manifests)].map(({ name }) => name), ["kube-apiserver.yaml"]);
  assert.equal(Deno.statSync(node.backupDir).mode! & 0o777, 0o700);
  const backups = [...Deno.readDirSync(node.backupDir)].map(({ name }) => `${node.backupDir}/${name}`);
  for (const path of backups) assert.equal(Deno.statSync(path).mode! & 0o777, 0o600, path);
  assert(backups.some((path) => Deno.readTextFileSync(path) === MANIFEST));
});
