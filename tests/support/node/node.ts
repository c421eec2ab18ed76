/**
 * A control plane node as kubeadm makes it, on a {@link startMachine machine} of its own: systemd runs a real containerd and
 * a real kubelet, which runs etcd, API server, controller manager and scheduler as static pods. Pods have the node's
 * network, which has nothing but loopback; ports of the tests are to be had there by name. It takes half a minute to start.
 *
 * @module
 */

import { freePort } from "../free_port.ts";
import { type CommandResult, type Machine, MACHINE_CHECK, startMachine } from "../machine.ts";
import { startProcess } from "../process.ts";
import { waitFor } from "../wait_for.ts";
import { FILES, PREPARE } from "./files.ts";
import { IMPORT_IMAGE, IMPORT_IMAGES } from "./images.ts";
import { startRelay } from "./relay.ts";

/** A node that has started; `await using` ends it with all that runs on it. */
export interface KubeadmNode extends Machine {
  /** `https://127.0.0.1:<port>` of its API server, out here. On the node, its port is 6443. */
  readonly server: string;
  /** PEM file of the root that vouches for it, out here. */
  readonly caFile: string;
  /** Runs kubectl on the node, as the administrator that kubeadm made unless a kubeconfig there is named. */
  kubectl(args: readonly string[], options?: NodeKubectlOptions): Promise<CommandResult>;
  /** Writes a file on the node, and folders above it. */
  writeFile(path: string, text: string, options?: { readonly mode?: string }): Promise<void>;
  /** Gives the node an image: an archive out here, of OCI or of Docker, that holds its full name. */
  loadImage(archive: string): Promise<void>;
  /**
   * Ends everything that kubelet and containerd run, and them and further units, at once; starts all that is enabled
   * together, as a boot of the machine does.
   */
  reboot(...units: readonly string[]): Promise<void>;
  /** Does something; the error of a failure says, too, what the node was doing. */
  explain<T>(act: () => Promise<T>): Promise<T>;
}

/** How to run kubectl. */
export interface NodeKubectlOptions {
  /** A path on the node. Default: kubeadm's `admin.conf`. */
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads: a manifest for `apply -f -`. Default: nothing. */
  readonly stdin?: string;
}

/** What a node has beside what kubeadm makes. */
export interface NodeOptions {
  /** Files and folders from out here that are found there, to be read, by their paths there. */
  readonly binds?: Readonly<Record<string, string>>;
  /** Ports of 127.0.0.1 out here that lead to the same from there. */
  readonly reaches?: readonly number[];
}

/** Does what a node needs most, and leaves nothing: whether it can be had here. */
export const NODE_CHECK = [
  "sh",
  "-euc",
  `for program in containerd ctr runc kubectl; do
  command -v "$program" >/dev/null || { echo "$program is not on the PATH" >&2; exit 1; }
done
for program in etcd kube-apiserver kube-controller-manager kube-scheduler kubeadm kubelet pause; do
  test -x "\${KUBEBUILDER_ASSETS:-}/$program" || { echo "KUBEBUILDER_ASSETS has no $program" >&2; exit 1; }
done
exec "$@"`,
  "sh",
  ...MACHINE_CHECK,
] as const;

/** The node's own log files, and those of the containers that wrote last. */
const DIAGNOSE = `
ctr --namespace k8s.io tasks list
for log in $(ls -t /var/log/*.log | head -n 3) $(ls -t /var/log/pods/*/*/*.log | head -n 8); do
  echo "$log:"
  tail -n 6 "$log" | cut -c 1-400
done
`;

/**
 * No process, mount or control group outlives a boot; what containerd keeps of them would keep the kubelet for a minute.
 * Arguments: further units. They end last: at a boot all end at once, and leave no API server that could miss them.
 */
const REBOOT = `
systemctl stop kubelet
systemctl kill --kill-whom=all --signal=KILL containerd
systemctl stop containerd
while pids=$(find /sys/fs/cgroup -path '*/kubepods/*' -name cgroup.procs -exec cat {} + | sort -u) && [ -n "$pids" ]; do
  kill -KILL $pids 2>/dev/null || true
done
for unit; do systemctl kill --kill-whom=all --signal=KILL "$unit" && systemctl stop "$unit"; done
find /sys/fs/cgroup -depth -path '*/kubepods*' -type d -exec rmdir {} +
awk '$2 ~ "^/run/containerd/" { print $2 }' /proc/mounts | xargs -r umount -l
rm -rf /run/containerd
systemctl start multi-user.target
`;

/** Starts a node, and waits until its API server is ready. */
export async function startNode({ binds = {}, reaches = [] }: NodeOptions = {}): Promise<KubeadmNode> {
  await using starting = new AsyncDisposableStack();
  const machine = starting.use(
    await startMachine({
      binds: { "/assets": Deno.env.get("KUBEBUILDER_ASSETS")!, ...binds },
      hasControllers: true,
      prepare: PREPARE,
    }),
  );
  const writeFile: KubeadmNode["writeFile"] = async (path, text, { mode = "644" } = {}) => {
    const write = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
    succeed(`write ${path}`, await machine.feed(text, "sh", "-euc", write, "sh", path, mode));
  };
  for (const [path, text] of Object.entries(FILES)) await writeFile(path, text);
  await explained(machine, async () => {
    await machine.sh("ln -s /assets/kubelet /assets/kubeadm /usr/local/bin");
    await machine.sh("systemctl daemon-reload && systemctl enable --quiet kubelet containerd");
    await machine.sh("systemctl start containerd kubernetes.socket");
    await machine.sh(IMPORT_IMAGES);
    await machine.sh("kubeadm init --config=/etc/kubeadm.yaml --skip-phases=preflight,addon,show-join-command 2>&1");
  });

  const port = freePort();
  const pairs = [port, ...reaches].map((port, index) => ({ port, socket: `${machine.folder}/${index}.sock` }));
  const [api, ...others] = pairs;
  for (const { port, socket } of others) starting.use(startRelay(socket, port));
  const inside = [api!.socket, 6443, ...others.flatMap(({ port, socket }) => [port, socket])].map(String);
  const relay = starting.use(startProcess("setpriv", {
    args: [
      ...["--pdeathsig", "KILL", "nsenter", "--target", machine.firstPid, "--net", Deno.execPath(), "run", "--quiet"],
      ...["--no-config", "--allow-net", "--allow-read", "--allow-write", import.meta.resolve("./relay.ts"), ...inside],
    ],
  }));
  starting.use(startRelay(port, api!.socket));
  await waitFor("the relay", () => {
    if (relay.hasEnded()) throw new Error(`Cannot relay: ${relay.stderr()}`);
    return relay.stdout() !== "";
  });

  const caFile = `${machine.folder}/ca.crt`;
  await Deno.writeTextFile(caFile, await machine.sh("cat /etc/kubernetes/pki/ca.crt"));
  const started = starting.move();
  return {
    ...machine,
    server: `https://127.0.0.1:${port}`,
    caFile,
    writeFile,
    kubectl: (args, { kubeconfig = "/etc/kubernetes/admin.conf", env = {}, stdin = "" } = {}) => {
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      return machine.feed(stdin, "env", "HOME=/root", ...variables, "kubectl", `--kubeconfig=${kubeconfig}`, ...args);
    },
    loadImage: async (archive) => {
      const file = await Deno.open(archive);
      succeed(`import ${archive}`, await machine.feed(file.readable, "sh", "-euc", IMPORT_IMAGE));
    },
    reboot: async (...units) => succeed("reboot", await machine.run("sh", "-euc", REBOOT, "sh", ...units)),
    explain: (act) => explained(machine, act),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function succeed(what: string, { code, output }: CommandResult): void {
  if (code !== 0) throw new Error(`Cannot ${what}: ${output}`);
}

async function explained<T>(machine: Machine, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const { output } = await machine.run("sh", "-c", DIAGNOSE);
    throw new Error(`${cause instanceof Error ? cause.message : cause}\nThe node:\n${output}`, { cause });
  }
}
