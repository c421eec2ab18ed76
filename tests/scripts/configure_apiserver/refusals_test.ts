import assert from "node:assert/strict";
import { parse } from "yaml";
import { testOnNodes, treeOf } from "./control_plane_node.ts";
import { kubeadmManifest } from "../../cli/apiserver/kubeadm_manifests.ts";

const NO_WAIT = ["--type", "kubeadm", "--no-wait"];
const MANIFEST = kubeadmManifest("1.36");

/** Puts lines before the first line that begins so. */
function before(line: string, text: string): string {
  assert(MANIFEST.includes(`\n${line}`), line);
  return MANIFEST.replace(`\n${line}`, `\n${text}\n${line}`);
}

for (
  const [what, damaged, why] of [
    ["JSON", JSON.stringify(parse(MANIFEST)), /neither a key nor a list item/],
    ["JSON over several lines", JSON.stringify(parse(MANIFEST), null, 2), /neither a key nor a list item/],
    ["nothing", "", /no spec/],
    ["another kind of file", "clusters:\n- name: x\n", /no spec/],
    ["no container", "apiVersion: v1\nspec:\n  volumes:\n  - name: x\n", /no containers:/],
    [
      "a list of containers in flow style",
      "spec:\n  containers: []\n  volumes: []\n",
      /containers: is not a list in block/,
    ],
    [
      "a command in flow style",
      MANIFEST.replace(/ {2}- command:\n( {4}- .*\n)+/, "  - command: [kube-apiserver, -v=1]\n"),
      /command:/,
    ],
    ["no command", MANIFEST.replace(/ {2}- command:\n( {4}- .*\n)+ {4}env/, "  - env"), /command:/],
    ["another program", MANIFEST.replace("- kube-apiserver\n", "- kube-scheduler\n"), /begins with kube-apiserver/],
    [
      "a shell before the program",
      MANIFEST.replace("- kube-apiserver\n", "- /bin/sh\n    - -c\n    - exec kube-apiserver\n"),
      /begins with kube-apiserver/,
    ],
    ["two API servers", before("  hostNetwork:", "  - command:\n    - kube-apiserver"), /not one container/],
    ["no mounts", MANIFEST.replace(/ {4}volumeMounts:\n( {4}[- ] .*\n)+/, ""), /no volumeMounts:/],
    [
      "an empty list of mounts",
      MANIFEST.replace(/( {4}volumeMounts:)\n( {4}[- ] .*\n)+/, "$1 []\n"),
      /volumeMounts: is not a list/,
    ],
    ["no volumes", MANIFEST.replace(/ {2}volumes:\n( {2}[- ] .*\n)+/, ""), /no volumes:/],
    [
      "an empty list of volumes",
      MANIFEST.replace(/( {2}volumes:)\n( {2}[- ] .*\n)+/, "$1\n"),
      /volumes: is not a list/,
    ],
    ["volumes twice", before("  hostNetwork:", "  volumes:\n  - name: x"), /more than one volumes:/],
    ["volumes by an alias", MANIFEST.replace("  volumes:\n", "  volumes: &all\n"), /volumes: is not a list/],
    ["a tab", MANIFEST.replace("    name: kube-apiserver\n", "\tname: kube-apiserver\n"), /line \d+ has a tab/],
    ["a tab after a dash", MANIFEST.replace("- --secure-port", "-\t--secure-port"), /a tab after a dash/],
    ["two documents", `${MANIFEST}---\n${MANIFEST}`, /second document/],
    ["a byte order mark", `\ufeff${MANIFEST}`, /byte order mark/],
    [
      "an open quote",
      MANIFEST.replace("- --secure-port=6443", '- "--secure-port=6443'),
      /quoted text over several lines/,
    ],
    ["an open bracket", before("    resources:", "    x: {a: 1,\n      b: 2}"), /flow style over several lines/],
    [
      "a volume of our name",
      before("  - hostPath:", "  - name: ram-auth\n    emptyDir: {}"),
      /volume of the name ram-auth/,
    ],
    [
      "the command at its end, without a newline",
      "spec:\n  volumes:\n  - name: x\n  containers:\n  - volumeMounts:\n    - name: x\n    command:\n    - kube-apiserver",
      /without a newline/,
    ],
    ["mixed ends of lines", MANIFEST.replace("volumes:\n", "volumes:\r\n"), /could not be told apart/],
  ] as const
) {
  testOnNodes(`a manifest with ${what} is refused and left alone, with what to add by hand`, async (node) => {
    await Deno.writeTextFile(node.manifest, damaged);
    const before = treeOf(node.folder);
    const { code, stdout, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
    assert.equal(code, 1, stdout);
    assert.match(stderr, why);
    assert.match(stderr, /^Cannot change ".*": .*; nothing was changed/);
    assert(stderr.includes(`- ${node.flag}\n`), stderr);
    assert.match(stderr, /volumeMounts:\n.*mountPath:.*\n {2}volumes:\n.*hostPath:/);
    assert.deepEqual(treeOf(node.folder), before);
  });
}

testOnNodes("a flag, mount and volume that were added by hand, as the README has them, are found", async (node) => {
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
    const { code, stdout, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Already configured/, flag);
  }
});

testOnNodes("a folder that is mounted already needs no further mount", async (node) => {
  const original = MANIFEST
    .replace("  hostNetwork:", `    - mountPath: ${node.folder}\n      name: all\n  hostNetwork:`)
    .replace("status:", `  - name: all\n    hostPath: { path: ${node.folder} }\nstatus:`);
  await Deno.writeTextFile(node.manifest, original);
  const { code, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 0, stderr);
  const changed = await Deno.readTextFile(node.manifest);
  assert.equal(changed.replace(`    - ${node.flag}\n`, ""), original);
});

testOnNodes("a manifest that has the line of the flag where it is none is refused", async (node) => {
  const original = MANIFEST.replace("    env:\n", `    env:\n    - ${node.flag}\n`);
  assert.notEqual(original, MANIFEST);
  await Deno.writeTextFile(node.manifest, original);
  const { code, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /it would have this line twice: /);
  assert.equal(await Deno.readTextFile(node.manifest), original);
});

testOnNodes("a folder that is mounted from elsewhere is refused", async (node) => {
  await Deno.writeTextFile(
    node.manifest,
    MANIFEST.replace("  hostNetwork:", `    - mountPath: ${node.webhookDir}\n      name: k8s-certs\n  hostNetwork:`),
  );
  const { code, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /is mounted already, and not from the same folder/);
});

testOnNodes("a symbolic link is refused", async (node) => {
  await Deno.writeTextFile(`${node.folder}/real.yaml`, MANIFEST);
  await Deno.symlink(`${node.folder}/real.yaml`, node.manifest);
  const { code, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /is not a regular file/);
});

testOnNodes("a missing kubeconfig is refused before anything changes, and noted by a dry run", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  await Deno.remove(node.kubeconfig);
  const { code, stderr } = await node.run(...NO_WAIT, "--file", node.manifest);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot use the webhook kubeconfig .*ram-auth init/);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  const dry = await node.run(...NO_WAIT, "--file", node.manifest, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stderr, /^Note: there is no /);
});
