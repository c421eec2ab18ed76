/**
 * A machine of its own for tests of what systemd does: a real systemd as the first process of namespaces, over a copy of
 * this machine's files that is gone afterwards. It has no network but loopback, no devices that hold anything, no unit but
 * what a test installs, and may change nothing of the kernel's. It needs root, because the sandbox of a unit does.
 *
 * @module
 */

import { startProcess } from "./process.ts";
import { waitFor } from "./wait_for.ts";

/** What a command in the machine came to. */
export interface CommandResult {
  readonly code: number;
  /** What it wrote to stdout, and then to stderr. */
  readonly output: string;
}

/** A machine that has started; `await using` ends it with all that runs in it. */
export interface Machine extends AsyncDisposable {
  /** Runs a command as root. */
  run(...command: readonly string[]): Promise<CommandResult>;
  /** Runs a script of the shell as root, and returns what it printed. */
  sh(script: string): Promise<string>;
}

const NAMESPACES = "unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup";

/** Where the machine's control groups are, of the second version. */
const FIND_GROUPS = `groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)`;

/** Does what a machine needs most, and leaves nothing: whether it can be had here. */
export const MACHINE_CHECK = [
  "sh",
  "-euc",
  `${FIND_GROUPS}
test -w "$groups/cgroup.procs"
test -x /lib/systemd/systemd
exec ${NAMESPACES} sh -euc '
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/changes /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/work overlay /mnt/root
mknod /mnt/null c 1 3
ip link set lo up'`,
] as const;

/**
 * $1: a folder to work in; $2: a program that is to be found as /program. Moves into a control group of its own, so that
 * systemd makes groups below it and reaches no other, and says which. The process then holds the machine, and ends with the
 * tests however those end: it heeds no milder signal.
 */
const START = `
${FIND_GROUPS}
group=$groups/ram-auth-test-$$
mkdir "$group"
echo "$group"
echo $$ >"$group/cgroup.procs"
exec setpriv --pdeathsig KILL ${NAMESPACES} sh -euc "$0" sh "$1" "$2"
`;

/** What is in the namespaces, and systemd then starts in: $1 and $2 as above. */
const SET_UP = `
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
root=$1/root
mkdir "$1/changes" "$1/work" "$1/targets" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" overlay "$root"
: >"$root/program"
mount --bind "$2" "$root/program"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  rest=\${device#*:}
  mknod -m 666 "$root/dev/\${device%%:*}" c "\${rest%:*}" "\${rest#*:}"
done
cp /usr/lib/systemd/system/*.target "$1/targets"
mount --bind "$1/targets" "$root/usr/lib/systemd/system"
mount -t tmpfs -o mode=755 tmpfs "$root/usr/lib/systemd/system-generators"
mount -t tmpfs -o mode=755 tmpfs "$root/etc/systemd/system"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
ip link set lo up
mkdir "$root/outside"
cd "$root"
pivot_root . outside
umount -l /outside
exec env -i container=test /lib/systemd/systemd --system --unit=multi-user.target --show-status=no
`;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Starts a machine, and waits until systemd has.
 *
 * @param program what is found there as `/program`
 */
export async function startMachine(program: string): Promise<Machine> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "machine-" });
  starting.defer(() => Deno.remove(folder));
  const holder = startProcess("sh", { args: ["-euc", START, SET_UP, folder, program] });
  starting.defer(async () => {
    await holder.stop("SIGKILL");
    const group = holder.stdout().trim();
    if (group !== "") await waitFor("the machine's control groups to be empty", () => removeGroups(group));
  });
  const first = await waitFor("the machine's first process", async () => {
    if (holder.hasEnded()) throw new Error(`Cannot start the machine: ${holder.stderr()}`);
    // Before it says so, it has other children.
    if (holder.stdout() === "") return undefined;
    return (await outputOf("cat", `/proc/${holder.pid}/task/${holder.pid}/children`)).output.trim() || undefined;
  });
  const run = (...command: readonly string[]) =>
    outputOf("nsenter", "--target", first, "--all", "env", "-i", `PATH=${PATH}`, ...command);
  await waitFor("systemd", async () => {
    if (holder.hasEnded()) throw new Error(`Cannot start the machine: ${holder.stderr()}`);
    return (await run("systemctl", "is-system-running")).output === "running\n";
  });
  const started = starting.move();
  return {
    run,
    async sh(script) {
      const { code, output } = await run("sh", "-euc", script);
      if (code !== 0) throw new Error(`Cannot run ${script}: it left with ${code}: ${output}`);
      return output;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** The groups outlive their processes; whatever is in one still, it cannot be removed. */
async function removeGroups(group: string): Promise<boolean> {
  const { code } = await outputOf("find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+");
  return code === 0;
}

async function outputOf(command: string, ...args: readonly string[]): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null" }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
