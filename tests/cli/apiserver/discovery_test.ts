import assert from "node:assert/strict";
import { testNeeding } from "../../support/needs.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";
import { onMachine, PROGRAM, RAM_AUTH, WEBHOOK } from "../../support/control_plane_node/machine.ts";

const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const KUBEADM = { [MANIFEST]: kubeadmManifest("1.36") };
const K3S = { "/etc/rancher/k3s/k3s.yaml": "the admin's\n" };
const RKE2 = { "/etc/rancher/rke2/config.yaml": "token: made-up\n" };
const SYSTEMD = {
  "/etc/systemd/system/kube-apiserver.service": "[Service]\nExecStart=/usr/bin/kube-apiserver --secure-port=443\n",
};

for (
  const [what, files, file] of [
    ["kubeadm", KUBEADM, MANIFEST],
    ["K3s, without a config file", K3S, "/etc/rancher/k3s/config.yaml"],
    ["RKE2", RKE2, "/etc/rancher/rke2/config.yaml"],
    ["systemd", SYSTEMD, "/etc/systemd/system/kube-apiserver.service.d/ram-auth.conf"],
  ] as const
) {
  testNeeding(["namespaces"], `the API server of ${what} is found, configured and restored by default`, async () => {
    const { code, stdout, stderr } = await onMachine(
      { ...files, ...WEBHOOK },
      `${PROGRAM} configure --dry-run
       test ! -e /var/backups
       before=$(cat ${file} 2>/dev/null || echo none)
       ${PROGRAM} configure --no-wait
       grep -q /etc/kubernetes/ram-auth/kubeconfig.yaml ${file}
       stat -c '%a %U' /var/backups/ram-auth $(find /var/backups/ram-auth -type f)
       ${PROGRAM} undo --no-wait
       test "$before" = "$(cat ${file} 2>/dev/null || echo none)"`,
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`^--- ${file}\n[^]*token-webhook-config-file=/etc/kubernetes/ram-auth/kube`));
    assert.match(stdout, /^700 .*\n(600 .*\n){2}/m);
  });
}

testNeeding(["namespaces"], "on a node without an API server, the error says where it was looked for", async () => {
  const { code, stderr } = await onMachine({}, `${PROGRAM} configure`);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^ram-auth: Cannot find the kube-apiserver of this node: there is no .*; run this on a control plane node/,
  );
});

testNeeding(["namespaces"], "a node with files of two kinds of API servers needs --type", async () => {
  const { code, stdout, stderr } = await onMachine(
    { ...KUBEADM, ...SYSTEMD, ...WEBHOOK },
    `${PROGRAM} configure --type systemd --dry-run\n${PROGRAM} configure`,
  );
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^ram-auth: Cannot tell what runs kube-apiserver here: there are files of kubeadm and systemd; giv/,
  );
  assert.match(stdout, /^--- .*\/ram-auth\.conf\n/);
});

testNeeding(
  ["namespaces"],
  "flags on the command line of K3s, which count instead of the file's, are named",
  async () => {
    const unit = "[Service]\nExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--kube-apiserver-arg' \\\n\t'v=2' \\\n";
    const { code, stderr } = await onMachine(
      { ...K3S, ...WEBHOOK, "/etc/systemd/system/k3s.service": unit },
      `${PROGRAM} configure`,
    );
    assert.equal(code, 1);
    assert.match(stderr, /\/etc\/systemd\/system\/k3s\.service" sets .*kube-apiserver-arg/);
  },
);

/** An API server that answers at its port; it is no process of that name. */
const ANSWERS = `"${Deno.execPath()}" eval 'Deno.serve({ port: 6443, onListen: () => console.error("answers") }, ` +
  `() => new Response("ok"))' 2>answers &
ip link set lo up
while ! grep -q answers answers; do sleep 0.05; done`;

testNeeding(["namespaces"], "where no kube-apiserver is in /proc, nothing is changed", async () => {
  const { code, stderr } = await onMachine(
    { ...KUBEADM, ...WEBHOOK },
    `cd /var\n${ANSWERS}\n${PROGRAM} configure --health-url http://127.0.0.1:6443/readyz`,
  );
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^ram-auth: Cannot tell the API servers of this node apart: no process of kube-apiserver is in \/proc/m,
  );
});

for (
  const [what, files, url] of [
    [
      "kubeadm, by its own address and not by a load balancer's",
      { [MANIFEST]: kubeadmManifest("1.36", { flags: ["--secure-port=8443", "--bind-address=127.0.0.2"] }) },
      "https://127.0.0.2:8443/readyz",
    ],
    ["K3s", K3S, "https://127.0.0.1:6443/readyz"],
    ["RKE2", RKE2, "https://127.0.0.1:6443/readyz"],
    ["systemd", SYSTEMD, "https://127.0.0.1:443/readyz"],
  ] as const
) {
  testNeeding(["namespaces"], `the health is asked of ${what}, past every proxy`, async () => {
    const { code, stderr } = await onMachine(
      { ...files, ...WEBHOOK },
      `ip link set lo up\nHTTPS_PROXY=http://192.0.2.1:1 ${PROGRAM} configure`,
    );
    assert.equal(code, 1);
    assert(
      stderr.startsWith(
        `ram-auth: Cannot find the API server of this node healthy by "${url}": no answer: connect ECONNREFUSED`,
      ),
      stderr,
    );
  });
}

testNeeding(["namespaces"], "the kubeconfig is not taken from a kube-apiserver that runs with it", async () => {
  const flag = "--authentication-token-webhook-config-file=/etc/kubernetes/ram-auth/kubeconfig.yaml";
  const { code, stdout, stderr } = await onMachine(
    WEBHOOK,
    `cd /var && ln -s /bin/sh kube-apiserver && mkfifo nobody-writes
     ./kube-apiserver -c ': <nobody-writes' ${flag} &
     pid=$!
     until tr '\\0' ' ' </proc/$pid/cmdline | grep -q ^./kube-apiserver; do sleep 0.05; done
     if ${RAM_AUTH} uninstall --purge --prompt=false; then exit 9; fi
     test -e /etc/kubernetes/ram-auth/kubeconfig.yaml
     kill $pid
     wait $pid || true
     ${RAM_AUTH} uninstall --purge --prompt=false`,
  );
  assert.equal(code, 0, stdout + stderr);
  assert.match(
    stderr,
    /while it is used:\n {2}restart kube-apiserver \(process \d+\), which was started with the flag\n/,
  );
  assert.match(stdout, /^removed {2}\/etc\/kubernetes\/ram-auth\/kubeconfig\.yaml /m);
});

for (const folder of ["/run/systemd/system/kube-apiserver.service.d", "/etc/systemd/system/kube-.service.d"]) {
  testNeeding(["namespaces"], `a drop-in in ${folder} that sets the command is seen`, async () => {
    const { code, stdout, stderr } = await onMachine(
      { ...SYSTEMD, ...WEBHOOK },
      `mount -t tmpfs tmpfs /run
       mkdir -p ${folder}
       printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/kube-apiserver --anonymous-auth=false\\n' >${folder}/10-site.conf
       ${PROGRAM} configure --no-wait || status=$?
       printf '[Service]\\nExecStart=/x --config=/etc/kubernetes/ram-auth/kubeconfig.yaml\\n' >${folder}/10-site.conf
       ${RAM_AUTH} uninstall --prompt=false || true
       exit $status`,
    );
    assert.equal(code, 1, stdout + stderr);
    assert.ok(stderr.includes(`"${folder}/10-site.conf" sets ExecStart=, too`), stderr);
    assert.ok(stderr.includes(`take the flag out of ${folder}/10-site.conf`), stderr);
  });
}

testNeeding(["namespaces"], "nothing is removed where the processes of the node cannot be listed", async () => {
  const { code, stdout, stderr } = await onMachine(
    { ...WEBHOOK, "/etc/no-shell": "" },
    `mount --bind /etc/no-shell /bin/sh\n${RAM_AUTH} uninstall --purge --prompt=false`,
  );
  assert.equal(code, 1, stdout + stderr);
  assert.match(
    stderr,
    /^ram-auth: Cannot see whether a kube-apiserver .* asks ram-auth: "\/bin\/sh" does not start: /m,
  );
});
