/**
 * Tests that need a component which not every machine has. Owns how a missing one is noticed and said, so that the test
 * runner can count and explain what it skipped.
 *
 * @module
 */

import { MACHINE_CHECK } from "./machine.ts";
import { NODE_CHECK } from "./node/node.ts";

/**
 * Runs what follows as root of namespaces of its own, for network, mounts and processes; the last dies whole with its
 * first process.
 */
export const IN_NAMESPACES = [
  "unshare",
  "--map-root-user",
  "--net",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
] as const;

/** Gives the namespaces an `/etc` of their own, over that of the machine. */
const OWN_ETC = `mount -t tmpfs tmpfs /mnt
mkdir /mnt/changes /mnt/work
mount -t overlay -o userxattr,lowerdir=/etc,upperdir=/mnt/changes,workdir=/mnt/work overlay /etc`;

/**
 * Something that a test may need: an environment variable that says where it is, a program on the `PATH`, or a command
 * that does its work.
 */
const COMPONENTS = {
  aws: { program: "aws" },
  // Version 2 is a binary, and a shim is a shell script: neither can be asked many times in one process.
  awsInPython: {
    command: [
      "sh",
      "-c",
      `IFS=:; for folder in $PATH; do head -n 1 "$folder/aws" 2>/dev/null | grep -q '^#!.*python' && exit 0; done
      echo "no aws on the PATH is a Python program" >&2; exit 1`,
    ],
  },
  binary: { variable: "RAM_AUTH_TEST_BINARY" },
  bash: { program: "bash" },
  fish: { program: "fish" },
  mandoc: { program: "mandoc" },
  pwsh: { program: "pwsh" },
  zsh: { program: "zsh" },
  buildah: { program: "buildah" },
  cluster: { variable: "KUBEBUILDER_ASSETS" },
  chromium: { program: "chromium" },
  curl: { program: "curl" },
  dpkg: { program: "dpkg-query" },
  lintian: { program: "lintian" },
  peers: { variable: "RAM_AUTH_TEST_PEERS" },
  denort: { variable: "DENORT_BIN" },
  git: { program: "git" },
  ipv6: { command: ["sh", "-c", "grep -q ' lo$' /proc/net/if_inet6 || { echo loopback has no ::1 >&2; exit 1; }"] },
  kubeadm: { command: ["sh", "-c", 'exec "$KUBEBUILDER_ASSETS/kubeadm" version'] },
  kubeadmNode: { command: NODE_CHECK },
  kubectl: { program: "kubectl" },
  machine: { command: MACHINE_CHECK },
  moto: { program: "moto_server" },
  namespaces: { command: [...IN_NAMESPACES, "sh", "-c", "ip link set lo up && mount --bind /etc/hosts /etc/hosts"] },
  node: { program: "node" },
  npx: { program: "npx" },
  overlays: { command: [...IN_NAMESPACES, "sh", "-euc", OWN_ETC] },
  openssl: { program: "openssl" },
  runc: { command: ["sh", "-euc", `test "$(id -u)" = 0 || { echo "runc needs root" >&2; exit 1; }; runc --version`] },
  setpriv: { program: "setpriv" },
  ruby: { program: "ruby" },
  "ssh-keygen": { program: "ssh-keygen" },
  tar: { program: "tar" },
  repository: { command: ["git", "rev-parse", "HEAD"] },
  promtool: { program: "promtool" },
  python3: { program: "python3" },
  rpmbuild: { program: "rpmbuild" },
  "systemd-analyze": { program: "systemd-analyze" },
  shellcheck: { program: "shellcheck" },
} as const satisfies Record<
  string,
  { readonly variable: string } | { readonly program: string } | { readonly command: readonly [string, ...string[]] }
>;

/** The name of a component. */
export type Component = keyof typeof COMPONENTS;

/**
 * Registers a test that is skipped, with the reason in its name, where a component is missing.
 *
 * A variable that is set but leads nowhere is not a missing component: such a test runs and fails.
 */
export function testNeeding(
  components: readonly Component[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const reason = whyMissing(components);
  Deno.test({ name: reason === undefined ? name : `${name} (skipped: ${reason})`, ignore: reason !== undefined, fn });
}

/** Why a component cannot be used on this machine, or `undefined` where all of them can. */
export function whyMissing(components: readonly Component[]): string | undefined {
  const reasons = components.flatMap((name) => {
    const component = COMPONENTS[name];
    if ("variable" in component) return Deno.env.get(component.variable) ? [] : [`${component.variable} is not set`];
    if ("command" in component) return whyRefused(component.command) ?? [];
    return isOnPath(component.program) ? [] : [`${component.program} is not on the PATH`];
  });
  return reasons.length === 0 ? undefined : reasons.join(", ");
}

function whyRefused([program, ...args]: readonly [string, ...string[]]): string | undefined {
  if (!isOnPath(program)) return `${program} is not on the PATH`;
  const { success, stderr } = new Deno.Command(program, { args, stdin: "null", stdout: "null" }).outputSync();
  return success ? undefined : `${program} does not work: ${new TextDecoder().decode(stderr).trim()}`;
}

function isOnPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
