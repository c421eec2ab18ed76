import assert from "node:assert/strict";
import { IN_NAMESPACES, testNeeding } from "../../support/needs.ts";
import { kubeadmManifest } from "../../cli/apiserver/kubeadm_manifests.ts";

const SCRIPT = `${Deno.cwd()}/scripts/configure-apiserver`;

/** Where the machine's own programs still find what is behind `/etc/alternatives`. */
const SET_UP = `mount --bind /etc "$0/real-etc"
ln -s "$0/real-etc/alternatives" "$0/etc/alternatives"
mount --bind "$0/etc" /etc
mount --bind "$0/var" /var
PATH=$0/bin:$PATH`;

/** Runs shell commands as root of a machine whose `/etc` has these files, whose `/var` is empty, and that runs nothing. */
async function onMachine(
  files: Readonly<Record<string, string>>,
  commands: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = await Deno.makeTempDir({ prefix: "machine-" });
  try {
    for (const name of ["etc", "real-etc", "var", "bin"]) await Deno.mkdir(`${folder}/${name}`);
    for (const [path, text] of Object.entries(files)) {
      const target = `${folder}${path}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(target, text, { mode: path.startsWith("/bin/") ? 0o755 : 0o600 });
    }
    const [program, ...args] = [...IN_NAMESPACES, "sh", "-euc", `${SET_UP}\n${commands}`, folder];
    const { code, stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const KUBEADM = { "/etc/kubernetes/manifests/kube-apiserver.yaml": kubeadmManifest("1.36") };
const K3S = { "/etc/rancher/k3s/k3s.yaml": "the admin's\n" };
const RKE2 = { "/etc/rancher/rke2/config.yaml": "token: made-up\n" };
const SYSTEMD = {
  "/etc/systemd/system/kube-apiserver.service": "[Service]\nExecStart=/usr/bin/kube-apiserver --secure-port=443\n",
};
const WEBHOOK = { "/etc/kubernetes/ram-auth/kubeconfig.yaml": "made up\n" };

for (
  const [what, files, file] of [
    ["kubeadm", KUBEADM, "/etc/kubernetes/manifests/kube-apiserver.yaml"],
    ["K3s, without a config file", K3S, "/etc/rancher/k3s/config.yaml"],
    ["RKE2", RKE2, "/etc/rancher/rke2/config.yaml"],
    ["systemd", SYSTEMD, "/etc/systemd/system/kube-apiserver.service.d/ram-auth.conf"],
  ] as const
) {
  testNeeding(["namespaces"], `the API server of ${what} is found, configured and restored by default`, async () => {
    const { code, stdout, stderr } = await onMachine(
      { ...files, ...WEBHOOK },
      `${SCRIPT} --dry-run
       test ! -e /var/backups
       before=$(cat ${file} 2>/dev/null || echo none)
       ${SCRIPT} --no-wait
       grep -q /etc/kubernetes/ram-auth/kubeconfig.yaml ${file}
       stat -c '%a %U' /var/backups/ram-auth /var/backups/ram-auth/*
       ${SCRIPT} --undo --no-wait
       test "$before" = "$(cat ${file} 2>/dev/null || echo none)"`,
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`^--- ${file}\n[^]*token-webhook-config-file=/etc/kubernetes/ram-auth/kube`));
    assert.match(stdout, /^700 .*\n(600 .*\n){2}/m);
  });
}

testNeeding(["namespaces"], "a node without an API server is told where it was looked for", async () => {
  const { code, stderr } = await onMachine({}, SCRIPT);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Cannot find the kube-apiserver of this node: there is no .*; run this on a control plane node/,
  );
});

testNeeding(["namespaces"], "a node with files of two kinds of API servers needs --type", async () => {
  const files = { ...KUBEADM, ...SYSTEMD, ...WEBHOOK };
  const { code, stderr } = await onMachine(files, SCRIPT);
  assert.equal(code, 2);
  assert.match(stderr, /^Cannot tell what runs kube-apiserver here: there are files of kubeadm systemd *; give --type/);
  const { stdout } = await onMachine(files, `${SCRIPT} --type systemd --dry-run`);
  assert.match(stdout, /^--- .*\/ram-auth\.conf\n/);
});

testNeeding(
  ["namespaces"],
  "flags on the command line of K3s, which count instead of the file's, are named",
  async () => {
    const unit = "[Service]\nExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--kube-apiserver-arg' \\\n\t'v=2' \\\n";
    const { code, stderr } = await onMachine({ ...K3S, ...WEBHOOK, "/etc/systemd/system/k3s.service": unit }, SCRIPT);
    assert.equal(code, 1);
    assert.match(stderr, /\/etc\/systemd\/system\/k3s\.service" sets kube-apiserver-arg, too/);
  },
);

testNeeding(["namespaces"], "where no kube-apiserver is in /proc, nothing is changed", async () => {
  const { code, stderr } = await onMachine({ ...KUBEADM, ...WEBHOOK }, `${SCRIPT} --health-command true`);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot see a kube-apiserver in \/proc, .*--no-wait/);
});

const FAKE_KUBECTL = "#!/bin/sh\necho the made-up answer\nexit 1\n";

for (
  const [what, files, health] of [
    [
      "kubeadm, by its own address and not by a load balancer's",
      {
        "/etc/kubernetes/manifests/kube-apiserver.yaml": kubeadmManifest("1.36", {
          flags: ["--secure-port=8443", "--bind-address=172.16.0.2"],
        }),
        "/etc/kubernetes/admin.conf": "made up\n",
        "/bin/kubectl": FAKE_KUBECTL,
      },
      "kubectl --server https://172.16.0.2:8443 --tls-server-name kubernetes --kubeconfig /etc/kubernetes/admin.conf " +
      "--request-timeout 5s get --raw /readyz",
    ],
    [
      "K3s",
      { ...K3S, "/bin/k3s": FAKE_KUBECTL },
      "k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml --request-timeout 5s get --raw /readyz",
    ],
    [
      "RKE2",
      { ...RKE2, "/etc/rancher/rke2/rke2.yaml": "made up\n", "/bin/kubectl": FAKE_KUBECTL },
      "kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout 5s get --raw /readyz",
    ],
    [
      "systemd",
      { ...SYSTEMD, "/bin/curl": FAKE_KUBECTL },
      "curl -fsSk --max-time 5 'https://127.0.0.1:443/readyz'",
    ],
  ] as const
) {
  testNeeding(["namespaces"], `the health is asked of ${what}`, async () => {
    const { code, stderr } = await onMachine({ ...files, ...WEBHOOK }, SCRIPT);
    assert.equal(code, 1);
    assert(
      stderr.startsWith(`Cannot find the API server of this node healthy by "${health}": the made-up answer; `),
      stderr,
    );
  });
}
