import assert from "node:assert/strict";
import { testNeeding } from "../../support/needs.ts";
import { testOnNodes } from "./control_plane_node.ts";
import { kubeadmManifest } from "../../cli/apiserver/kubeadm_manifests.ts";

for (
  const [what, args] of [
    ["an option that does not exist", ["--dryrun"]],
    ["a word", ["undo"]],
    ["a missing value", ["--type"]],
    ["an empty value", ["--type="]],
    ["a value where none is taken", ["--undo=yes"]],
    ["an unknown type", ["--type", "minikube"]],
    ["a file whose type is unknown", ["--file", "/etc/x.yaml"]],
    ["a relative kubeconfig", ["--kubeconfig", "kubeconfig.yaml"]],
    ["a kubeconfig at the top", ["--kubeconfig", "/etc/kubeconfig.yaml"]],
    ["a kubeconfig with a space", ["--kubeconfig", "/etc/ram auth/kubeconfig.yaml"]],
    ["a kubeconfig with a quote", ["--kubeconfig", '/etc/ram"auth/kubeconfig.yaml']],
    ["a kubeconfig with a newline", ["--kubeconfig", "/etc/ram-auth/kubeconfig\n.yaml"]],
    ["a kubeconfig with a way up", ["--kubeconfig", "/etc/ram-auth/../kubeconfig.yaml"]],
    ["no time at all", ["--timeout", "0"]],
    ["a time of words", ["--timeout", "1m"]],
    ["a health URL that is none", ["--health-url", "localhost:6443"]],
    ["a health URL with a quote", ["--health-url", "https://localhost/';reboot"]],
    ["two ways to look at the health", ["--health-url", "https://localhost", "--health-command", "true"]],
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
  testOnNodes(`${what} is wrong usage`, async (node) => {
    const { code, stdout, stderr } = await node.run(...args.map((arg) => arg.replace("NODE", node.folder)));
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^Cannot [^]+; see configure-apiserver --help\n$/);
  });
}

testOnNodes("--help shows examples and every option, and --option=value works too", async (node) => {
  for (const option of ["--help", "-h"]) {
    const { code, stdout, stderr } = await node.run(option);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Examples:\n/);
    for (
      const name of ["dry-run", "undo", "replace", "type", "file", "manifest", "kubeconfig", "backup-dir", "timeout"]
        .concat(["health-command", "health-url", "restart-command", "no-wait"])
    ) assert(stdout.includes(`--${name}`), name);
    for (const line of stdout.split("\n")) assert(line.length <= 120, line);
  }
  await Deno.writeTextFile(node.manifest, kubeadmManifest("1.36"));
  const { code, stdout } = await node.run(`--file=${node.manifest}`, "--dry-run");
  assert.equal(code, 0);
  assert(stdout.includes(node.flag));
});

testNeeding(["shellcheck"], "shellcheck finds nothing in the scripts of the shell", async () => {
  const { code, stdout } = await new Deno.Command("shellcheck", {
    args: ["--shell=sh", "--severity=style", "scripts/configure-apiserver"],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stdout));
});
