/**
 * The files of a node: units, what containerd, kubelet and kubeadm are told, and how its machine is prepared for them.
 *
 * @module
 */

/** Version of the programs in `KUBEBUILDER_ASSETS`, as kubeadm names images. */
export const KUBERNETES_VERSION = "v1.36.3";

/** The node's only address beside loopback, of those that documents are given (RFC 5737). */
export const NODE_ADDRESS = "192.0.2.1";

/** Address of the service "kubernetes", through which pods reach the API server. */
const SERVICE_ADDRESS = "10.96.0.1";

/** Its name in the cluster. */
export const NODE_NAME = "cp";

/** Image that pods' namespaces are made with, as kubeadm 1.36 names it. */
export const SANDBOX_IMAGE = "registry.k8s.io/pause:3.10.2";

/** Settings of the kernel that the kubelet makes, and does not start where it cannot: it finds them made. */
const KERNEL_SETTINGS = {
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/keys/root_maxbytes": 25_000_000,
};

/** Prepares the machine; see `MachineOptions.prepare`. What the kernel logs is nobody's business, but must be there. */
export const PREPARE = `
ln -s null "$root/dev/kmsg"
mkdir "$root/dev/settings"
for setting in ${Object.entries(KERNEL_SETTINGS).map(([name, value]) => `${name}=${value}`).join(" ")}; do
  file=$root/dev/settings/$(basename "\${setting%=*}")
  echo "\${setting#*=}" >"$file"
  mount --bind "$file" "$root/proc/sys/\${setting%=*}"
done
for folder in /etc/kubernetes /etc/cni /opt /var/lib/kubelet /var/lib/etcd; do rm -rf "$root$folder"; done
mkdir -p "$root/var/lib/containerd" "$root/opt"
mount --bind "$disk" "$root/var/lib/containerd"
ip address add ${NODE_ADDRESS}/32 dev lo
ip address add ${SERVICE_ADDRESS}/32 dev lo
`;

/** Files by their paths on the node. */
export const FILES: Readonly<Record<string, string>> = {
  // Without CAP_SYS_RESOURCE, no process can be made less likely to be killed than its parent.
  "/etc/containerd/config.toml": `version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${SANDBOX_IMAGE}"
restrict_oom_score_adj = true
`,
  // Pods have the node's network; this lets the node call itself ready.
  "/etc/cni/net.d/none.conflist": '{"cniVersion": "1.0.0", "name": "none", "plugins": [{"type": "none"}]}\n',
  "/etc/systemd/system/containerd.service": `[Service]
Type=notify
ExecStart=/usr/bin/containerd
StandardError=append:/var/log/containerd.log
Delegate=yes
KillMode=process
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`,
  "/etc/systemd/system/kubelet.service": `[Unit]
After=containerd.service
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/local/bin/kubelet --config=/var/lib/kubelet/config.yaml \\
  --kubeconfig=/etc/kubernetes/kubelet.conf --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \\
  --hostname-override=${NODE_NAME} --node-ip=${NODE_ADDRESS}
StandardError=append:/var/log/kubelet.log
KillMode=process
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`,
  // In place of kube-proxy.
  "/etc/systemd/system/kubernetes.socket": `[Socket]
ListenStream=${SERVICE_ADDRESS}:443
`,
  "/etc/systemd/system/kubernetes.service": `[Service]
ExecStart=/lib/systemd/systemd-socket-proxyd ${NODE_ADDRESS}:6443
`,
  "/etc/kubeadm.yaml": `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: ${NODE_ADDRESS}}
nodeRegistration:
  name: ${NODE_NAME}
  criSocket: unix:///run/containerd/containerd.sock
  ignorePreflightErrors: [all]
timeouts:
  controlPlaneComponentHealthCheck: 10m
  kubeletHealthCheck: 10m
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: ${KUBERNETES_VERSION}
apiServer:
  certSANs: [127.0.0.1]
  extraArgs:
  # Without it, an API server that is to end waits for those who watch it: 30 s until the kubelet kills it.
  - {name: shutdown-watch-termination-grace-period, value: 1s}
# Nobody competes with them, so they need not wait until they are sure of it.
controllerManager: {extraArgs: [{name: leader-elect, value: "false"}]}
scheduler: {extraArgs: [{name: leader-elect, value: "false"}]}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
# What ended is started again at once, however often.
featureGates: {KubeletCrashLoopBackOffMax: true}
crashLoopBackOff: {maxContainerRestartPeriod: 1s}
`,
};
