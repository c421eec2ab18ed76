/**
 * The manifest that kubeadm writes for kubespray: with kubespray's flags and volumes, among them the folder of admission
 * configs, which is mounted over `/etc/kubernetes`. Its shape is that of `kubeadm-config.v1beta4.yaml.j2` of kubespray.
 *
 * @module
 */

import { kubeadmManifest } from "./kubeadm_manifests.ts";

/** What kubespray gives kubeadm besides, by its variables. */
export interface KubesprayOptions {
  /** `kube_webhook_token_auth` */
  readonly webhook?: boolean;
}

/** A manifest with audit log, admission configs, encryption and tracing on. */
export function kubesprayManifest({ webhook = false }: KubesprayOptions = {}): string {
  const flags = [
    "--admission-control-config-file=/etc/kubernetes/admission-controls.yaml",
    "--advertise-address=172.16.0.2",
    "--allow-privileged=true",
    "--anonymous-auth=True",
    "--apiserver-count=3",
    "--audit-log-maxage=30",
    "--audit-log-path=/var/log/audit/kube-apiserver-audit.log",
    "--audit-policy-file=/etc/kubernetes/audit-policy/apiserver-audit-policy.yaml",
    ...(webhook ? ["--authentication-token-webhook-config-file=/etc/kubernetes/webhook-token-auth-config.yaml"] : []),
    "--authorization-mode=Node,RBAC",
    "'--bind-address=::'",
    "--client-ca-file=/etc/kubernetes/ssl/ca.crt",
    "--default-not-ready-toleration-seconds=300",
    "--enable-admission-plugins=NodeRestriction,PodSecurity",
    "--encryption-provider-config=/etc/kubernetes/ssl/secrets_encryption.yaml",
    "--endpoint-reconciler-type=lease",
    "--etcd-cafile=/etc/ssl/etcd/ssl/ca.pem",
    "--etcd-servers=https://172.16.0.2:2379,https://172.16.0.3:2379",
    "--event-ttl=1h0m0s",
    "--kubelet-preferred-address-types=InternalDNS,InternalIP,Hostname,ExternalDNS,ExternalIP",
    "--profiling=False",
    "--request-timeout=1m0s",
    "--runtime-config=",
    "--secure-port=6443",
    "--service-cluster-ip-range=10.233.0.0/18",
    "--service-node-port-range=30000-32767",
    "--storage-backend=etcd3",
    "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "--tls-private-key-file=/etc/kubernetes/ssl/apiserver.key",
    "--tracing-config-file=/etc/kubernetes/tracing/apiserver-tracing.yaml",
  ];
  const volumes = [
    ["admission-control-configs", "/etc/kubernetes/admission-controls", "/etc/kubernetes"],
    ["audit-logs", "/var/log/kubernetes/audit", "/var/log/audit"],
    ["audit-policy", "/etc/kubernetes/audit-policy", "/etc/kubernetes/audit-policy"],
    ["etc-pki-tls", "/etc/pki/tls", "/etc/pki/tls"],
    ["etcd-certs-0", "/etc/ssl/etcd/ssl", "/etc/ssl/etcd/ssl"],
    ["tracing", "/etc/kubernetes/tracing", "/etc/kubernetes/tracing"],
    ...(webhook ? [["webhook-token-auth-config", ...twice("/etc/kubernetes/webhook-token-auth-config.yaml")]] : []),
  ];
  const isWritten = (name: string) => name === "admission-control-configs" || name === "audit-logs";
  return kubeadmManifest("1.36", { flags })
    .replaceAll("/etc/kubernetes/pki", "/etc/kubernetes/ssl")
    .replace(
      "    volumeMounts:\n",
      `    volumeMounts:\n${
        volumes.map(([name, , path]) =>
          `    - mountPath: ${path}\n      name: ${name}\n${isWritten(name!) ? "" : "      readOnly: true\n"}`
        ).join("")
      }`,
    )
    .replace(
      "  volumes:\n",
      `  volumes:\n${
        volumes.map(([name, path]) =>
          `  - hostPath:\n      path: ${path}\n      type: ${
            name === "tracing" ? "DirectoryOrCreate" : '""'
          }\n    name: ${name}\n`
        ).join("")
      }`,
    );
}

function twice(path: string): readonly [string, string] {
  return [path, path];
}
