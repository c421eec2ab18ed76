/**
 * The manifest that nodeup of kOps writes as `/etc/kubernetes/manifests/kube-apiserver.manifest`. Its shapes are those of
 * `nodeup/pkg/model/tests/golden` of kOps, and of clusters of releases before 1.18.
 *
 * @module
 */

import { stringify } from "yaml";

/** How kOps starts the program: by a log runner since 1.23, directly since 1.18, by a shell before. */
export type KopsStart = "runner" | "direct" | "shell";

/** What the spec of the cluster decides. */
export interface KopsOptions {
  /** `kubeAPIServer.authenticationTokenWebhookConfigFile` */
  readonly webhook?: string;
  /** Whether the cluster has DNS names. */
  readonly hasDns?: boolean;
}

/** A manifest. */
export function kopsManifest(start: KopsStart, { webhook, hasDns = true }: KopsOptions = {}): string {
  const flags = [
    "--allow-privileged=true",
    "--anonymous-auth=false",
    "--apiserver-count=1",
    ...(webhook === undefined ? [] : [`--authentication-token-webhook-config-file=${webhook}`]),
    "--authorization-mode=Node,RBAC",
    "--bind-address=0.0.0.0",
    "--client-ca-file=/srv/kubernetes/ca.crt",
    "--etcd-cafile=/srv/kubernetes/kube-apiserver/etcd-ca.crt",
    "--etcd-servers-overrides=/events#https://127.0.0.1:4002",
    "--etcd-servers=https://127.0.0.1:4001",
    "--secure-port=443",
    "--tls-private-key-file=/srv/kubernetes/kube-apiserver/server.key",
    "--v=2",
  ];
  const program = "/usr/local/bin/kube-apiserver";
  const started = {
    runner: {
      args: ["--log-file=/var/log/kube-apiserver.log", "--also-stdout", program, ...flags],
      command: ["/go-runner"],
    },
    direct: { args: [...flags, "--logtostderr=false", "--alsologtostderr"], command: [program] },
    shell: {
      command: [
        "/bin/sh",
        "-c",
        `mkfifo /tmp/pipe; (tee -a /var/log/kube-apiserver.log < /tmp/pipe & ) ; exec ${program} ${
          flags.join(" ")
        } > /tmp/pipe 2>&1`,
      ],
    },
  }[start];
  const mounts = [
    { name: "logfile", path: "/var/log/kube-apiserver.log", readOnly: undefined },
    { name: "kubernetesca", path: "/srv/kubernetes/ca.crt", readOnly: true },
    { name: "srvkapi", path: "/srv/kubernetes/kube-apiserver", readOnly: true },
    { name: "srvsshproxy", path: "/srv/sshproxy", readOnly: true },
  ];
  return stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      annotations: {
        ...(hasDns && { "dns.alpha.kubernetes.io/internal": "api.internal.minimal.example.com" }),
        "kubectl.kubernetes.io/default-container": "kube-apiserver",
      },
      creationTimestamp: null,
      labels: { "k8s-app": "kube-apiserver" },
      name: "kube-apiserver",
      namespace: "kube-system",
    },
    spec: {
      containers: [
        {
          ...started,
          image: "registry.k8s.io/kube-apiserver:v1.32.0",
          name: "kube-apiserver",
          volumeMounts: mounts.map(({ name, path, readOnly }) => ({ mountPath: path, name, readOnly })),
        },
        // Looks at the health for the load balancer.
        {
          args: ["--ca-cert=/secrets/ca.crt", "--client-cert=/secrets/client.crt"],
          command: ["/kube-apiserver-healthcheck"],
          name: "healthcheck",
          volumeMounts: [{ mountPath: "/secrets", name: "healthcheck-secrets", readOnly: true }],
        },
      ],
      hostNetwork: true,
      volumes: [
        ...mounts.map(({ name, path }) => ({ hostPath: { path }, name })),
        { hostPath: { path: "/etc/kubernetes/kube-apiserver-healthcheck/secrets" }, name: "healthcheck-secrets" },
      ],
    },
    status: {},
  }, { indentSeq: false, lineWidth: 0 });
}
