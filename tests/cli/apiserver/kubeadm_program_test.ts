/**
 * Manifests that the real kubeadm writes: by itself, as kubespray has it write them, and with what `docs/install.md` says to
 * give it.
 */

import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { FileToChange } from "../../../lib/cli/apiserver/change.ts";
import { planChange } from "../../../lib/cli/apiserver/plan.ts";
import { testNeeding } from "../../support/needs.ts";

const FOLDER = "/etc/kubernetes/ram-auth";
const WEBHOOK = { kubeconfig: `${FOLDER}/kubeconfig.yaml`, replace: false };
const FLAG = "authentication-token-webhook-config-file";

interface Extras {
  readonly args?: Readonly<Record<string, string>>;
  /** By name: the folder here, and there where that is another one. */
  readonly volumes?: Readonly<Record<string, readonly [hostPath: string, mountPath?: string]>>;
}

/** What kubeadm writes on this machine. */
async function kubeadmWrites({ args = {}, volumes = {} }: Extras): Promise<FileToChange> {
  const folder = await Deno.makeTempDir();
  try {
    const config = [
      {
        kind: "InitConfiguration",
        localAPIEndpoint: { advertiseAddress: "172.16.0.2" },
        nodeRegistration: { criSocket: "unix:///none", name: "cp" },
      },
      {
        kind: "ClusterConfiguration",
        kubernetesVersion: "v1.36.3",
        apiServer: {
          extraArgs: Object.entries(args).map(([name, value]) => ({ name, value })),
          extraVolumes: Object.entries(volumes).map(([name, [hostPath, mountPath = hostPath]]) => ({
            name,
            hostPath,
            mountPath,
            readOnly: mountPath === hostPath,
          })),
        },
      },
    ].map((part) => stringify({ apiVersion: "kubeadm.k8s.io/v1beta4", ...part })).join("---\n");
    await Deno.writeTextFile(`${folder}/config.yaml`, config);
    const { success, stderr } = await new Deno.Command(`${Deno.env.get("KUBEBUILDER_ASSETS")}/kubeadm`, {
      args: ["init", "phase", "control-plane", "apiserver", "--dry-run", "--config", `${folder}/config.yaml`],
      env: { KUBEADM_INIT_DRYRUN_DIR: folder },
      stdin: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const path = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    return { kind: "kubeadm", path, before: await Deno.readTextFile(`${folder}/kube-apiserver.yaml`) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** As `kubeadm-config.v1beta4.yaml.j2` of kubespray gives it, with audit log, admission configs and tracing. */
const KUBESPRAY: Extras = {
  args: {
    "etcd-compaction-interval": "5m0s",
    "anonymous-auth": "True",
    "bind-address": "::",
    "admission-control-config-file": "/etc/kubernetes/admission-controls.yaml",
    "kubelet-preferred-address-types": "InternalDNS,InternalIP,Hostname,ExternalDNS,ExternalIP",
    "profiling": "False",
    "request-timeout": "1m0s",
    "runtime-config": "",
    "audit-log-path": "/var/log/audit/kube-apiserver-audit.log",
    "tls-cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "event-ttl": "1h0m0s",
  },
  volumes: {
    "audit-policy": ["/etc/kubernetes/audit-policy"],
    "audit-logs": ["/var/log/kubernetes/audit", "/var/log/audit"],
    "admission-control-configs": ["/etc/kubernetes/admission-controls", "/etc/kubernetes"],
    "tracing": ["/etc/kubernetes/tracing"],
  },
};

testNeeding(["kubeadm"], "three lines are added to what kubeadm writes, by itself and for kubespray", async () => {
  for (const extras of [{}, KUBESPRAY]) {
    const file = await kubeadmWrites(extras);
    const plan = planChange(file, WEBHOOK);
    const lines = file.before!.split("\n");
    const added = plan.after.split("\n").filter((line) => line !== lines[0] || lines.shift() === undefined);
    assert.deepEqual([lines, added.length], [[], 3], plan.after);
    assert.deepEqual(plan.listener, { address: extras === KUBESPRAY ? "::" : undefined, port: 6443 });
    assert.equal(planChange({ ...file, before: plan.after }, WEBHOOK).isConfigured, true);
  }
});

testNeeding(
  ["kubeadm"],
  "what kubeadm and kubespray are told to write as docs/install.md says is configured",
  async () => {
    for (const { args, volumes } of [{}, KUBESPRAY] as Extras[]) {
      const file = await kubeadmWrites({
        args: { ...args, [FLAG]: WEBHOOK.kubeconfig },
        volumes: { ...volumes, "ram-auth": [FOLDER] },
      });
      assert.equal(planChange(file, WEBHOOK).isConfigured, true);
      const flagAlone = await kubeadmWrites({
        ...(volumes && { volumes }),
        args: { ...args, [FLAG]: WEBHOOK.kubeconfig },
      });
      assert.equal(planChange(flagAlone, WEBHOOK).isConfigured, false);
    }
  },
);
