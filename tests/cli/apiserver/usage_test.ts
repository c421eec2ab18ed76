import assert from "node:assert/strict";
import { testOnNode } from "../../support/control_plane_node/control_plane_node.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";

for (
  const [what, args] of [
    ["an option that does not exist", ["--dryrun"]],
    ["a word", ["undo"]],
    ["a missing value", ["--type"]],
    ["an empty value", ["--type="]],
    ["an unknown type", ["--type", "minikube"]],
    ["a file whose type is unknown", ["--file", "/etc/x.yaml"]],
    ["a relative file", ["--file", "kube-apiserver.yaml"]],
    ["a file with a way up", ["--file", "/etc/kubernetes/../kube-apiserver.yaml"]],
    ["a unit that would be an option of a command", ["--file", "NODE/-x.service"]],
    ["a relative kubeconfig", ["--kubeconfig", "kubeconfig.yaml"]],
    ["a kubeconfig at the top", ["--kubeconfig", "/etc/kubeconfig.yaml"]],
    ["a kubeconfig with a space", ["--kubeconfig", "/etc/ram auth/kubeconfig.yaml"]],
    ["a kubeconfig with a quote", ["--kubeconfig", '/etc/ram"auth/kubeconfig.yaml']],
    ["a kubeconfig with a newline", ["--kubeconfig", "/etc/ram-auth/kubeconfig\n.yaml"]],
    ["a kubeconfig with a way up", ["--kubeconfig", "/etc/ram-auth/../kubeconfig.yaml"]],
    ["a relative backup folder", ["--backup-dir", "backups"]],
    ["no time at all", ["--timeout", "0"]],
    ["a time of words", ["--timeout", "1m"]],
    ["a health URL that is none", ["--health-url", "localhost:6443"]],
    ["a health URL with a quote", ["--health-url", "https://localhost/';reboot"]],
    ["a health URL with a line end", ["--health-url", "https://localhost/\r\nx: y"]],
    ["a health URL with a password", ["--health-url", "https://admin:made-up@localhost/"]],
    ["backups among the manifests", [
      "--type",
      "kubeadm",
      "--file",
      "NODE/manifests/x.yaml",
      "--backup-dir",
      "NODE/manifests",
    ]],
  ] as const
) {
  testOnNode(`${what} is wrong usage`, async (node) => {
    await Deno.writeTextFile(`${node.folder}/-x.service`, "[Service]\nExecStart=/bin/kube-apiserver\n");
    const { code, stdout, stderr } = await node.configure(...args.map((arg) => arg.replace("NODE", node.folder)));
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^ram-auth: Cannot [^]+\ntry: ram-auth apiserver configure --help\n$/);
    assert(!stderr.includes("made-up"), stderr);
  });
}

testOnNode("--help shows examples and the options, and --option=value works too", async (node) => {
  const options = ["dry-run", "type", "file", "backup-dir", "timeout", "health-url", "wait"];
  for (const [command, more] of [["configure", ["kubeconfig", "replace"]], ["undo", []]] as const) {
    const { code, stdout, stderr } = await node[command]("--help");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Examples:?\n/);
    for (const name of [...options, ...more]) assert(stdout.includes(`--${name}`), name);
  }
  await Deno.writeTextFile(node.manifest, kubeadmManifest("1.36"));
  const { code, stdout } = await node.configure(`--file=${node.manifest}`, "--dry-run");
  assert.equal(code, 0);
  assert(stdout.includes(node.flag));
});
