/**
 * The static pod manifest of kube-apiserver as kubeadm writes it: one text, and what differs between releases and hosts.
 * Compared by eye with manifests of clusters of 1.27, 1.31, 1.32, 1.33, 1.34 and 1.36.
 *
 * @module
 */

/** The releases of kubeadm, and what each writes otherwise than the one before. */
const RELEASES: Readonly<Record<string, Partial<Release>>> = {
  "1.27": {},
  "1.28": {},
  "1.29": {},
  "1.30": {},
  // kubernetes/kubernetes#124361: /etc/pki may hold private keys. ClusterConfiguration v1beta4 has extraEnvs.
  "1.31": { rhelTrust: ["etc-pki-ca-trust:/etc/pki/ca-trust", "etc-pki-tls-certs:/etc/pki/tls/certs"], hasEnv: true },
  "1.32": {},
  "1.33": {},
  // kubernetes/kubernetes#132776: probes by the name of a port. ObjectMeta leaves out a time of creation that is not set.
  "1.34": { namesProbePort: true, hasCreationTimestamp: false },
  "1.35": {},
  "1.36": {},
};

interface Release {
  /** Mounts of a Red Hat host, as `name:path`. */
  readonly rhelTrust: readonly string[];
  readonly hasEnv: boolean;
  readonly namesProbePort: boolean;
  readonly hasCreationTimestamp: boolean;
}

const OLDEST: Release = {
  rhelTrust: ["etc-pki:/etc/pki"],
  hasEnv: false,
  namesProbePort: false,
  hasCreationTimestamp: true,
};

const DEBIAN_TRUST = [
  "etc-ca-certificates:/etc/ca-certificates",
  "usr-local-share-ca-certificates:/usr/local/share/ca-certificates",
  "usr-share-ca-certificates:/usr/share/ca-certificates",
];

/** What decides over the text beside the release. */
export interface ManifestOptions {
  /** kind runs kubeadm in a container of Debian and gives flags of its own. Default: `debian`. */
  readonly host?: "debian" | "rhel" | "kind";
  /** Flags in place of kubeadm's. */
  readonly flags?: readonly string[];
}

/** A manifest of that release of kubeadm. */
export function kubeadmManifest(
  version: string,
  { host = "debian", flags = kubeadmFlags(host) }: ManifestOptions = {},
): string {
  const versions = Object.keys(RELEASES);
  const release = versions.slice(0, versions.indexOf(version) + 1)
    .reduce<Release>((all, name) => ({ ...all, ...RELEASES[name] }), OLDEST);
  const trust = host === "rhel" ? release.rhelTrust : DEBIAN_TRUST;
  const volumes = ["ca-certs:/etc/ssl/certs", ...trust, "k8s-certs:/etc/kubernetes/pki"]
    .map((entry) => entry.split(":") as [string, string]);
  const port = release.namesProbePort ? "probe-port" : "6443";
  const probe = (path: string) =>
    `httpGet:
        host: 172.16.0.2
        path: ${path}
        port: ${port}
        scheme: HTTPS`;
  return `apiVersion: v1
kind: Pod
metadata:
  annotations:
    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 172.16.0.2:6443
${release.hasCreationTimestamp ? "  creationTimestamp: null\n" : ""}  labels:
    component: kube-apiserver
    tier: control-plane
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-apiserver
${flags.map((flag) => `    - ${flag}\n`).join("")}${
    release.hasEnv ? '    env:\n    - name: GOGC\n      value: "100"\n' : ""
  }    image: registry.k8s.io/kube-apiserver:v${version}.3
    imagePullPolicy: IfNotPresent
    livenessProbe:
      failureThreshold: 8
      ${probe("/livez")}
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 15
    name: kube-apiserver
${
    release.namesProbePort
      ? "    ports:\n    - containerPort: 6443\n      name: probe-port\n      protocol: TCP\n"
      : ""
  }    readinessProbe:
      failureThreshold: 3
      ${probe("/readyz")}
      periodSeconds: 1
      timeoutSeconds: 15
    resources:
      requests:
        cpu: 250m
    startupProbe:
      failureThreshold: 24
      ${probe("/livez")}
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 15
    volumeMounts:
${
    volumes.map(([name, path]) => `    - mountPath: ${path}\n      name: ${name}\n      readOnly: true\n`).join("")
  }${""}  hostNetwork: true
  priority: 2000001000
  priorityClassName: system-node-critical
  securityContext:
    seccompProfile:
      type: RuntimeDefault
  volumes:
${
    volumes.map(([name, path]) =>
      `  - hostPath:\n      path: ${path}\n      type: DirectoryOrCreate\n    name: ${name}\n`
    )
      .join("")
  }status: {}
`;
}

/** A manifest of every release on every host, by `<release> on <host>`; of those that differ only in the image, the oldest. */
export function differentManifests(): Map<string, string> {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  for (const version of Object.keys(RELEASES)) {
    for (const host of ["debian", "rhel", "kind"] as const) {
      const text = kubeadmManifest(version, { host });
      const shape = text.replace(/^ {4}image: .*$/m, "");
      if (!seen.has(shape)) found.set(`${version} on ${host}`, text);
      seen.add(shape);
    }
  }
  return found;
}

function kubeadmFlags(host: string): string[] {
  return [
    "--advertise-address=172.16.0.2",
    "--allow-privileged=true",
    "--authorization-mode=Node,RBAC",
    "--client-ca-file=/etc/kubernetes/pki/ca.crt",
    "--enable-admission-plugins=NodeRestriction",
    "--enable-bootstrap-token-auth=true",
    "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
    "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
    "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
    "--etcd-servers=https://127.0.0.1:2379",
    ...(host === "kind" ? ["--feature-gates=KubeletInUserNamespace=true"] : []),
    "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
    "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
    "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    ...(host === "kind" ? ["--runtime-config="] : []),
    "--secure-port=6443",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
    "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
    "--service-cluster-ip-range=10.96.0.0/12",
    "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
    "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
  ];
}
