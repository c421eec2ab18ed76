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
  /** Its first process, systemd, as its id is out here. */
  readonly firstPid: string;
  /** A folder out here that goes with it. */
  readonly folder: string;
  /** Runs a command as root. */
  run(...command: readonly string[]): Promise<CommandResult>;
  /** Runs a command as root, which reads this. */
  feed(stdin: string | ReadableStream<Uint8Array>, ...command: readonly string[]): Promise<CommandResult>;
  /** Runs a script of the shell as root, and returns what it printed. */
  sh(script: string): Promise<string>;
}

/** What a machine has beyond the least. */
export interface MachineOptions {
  /** Files and folders from out here that are found there, to be read, by their paths there. */
  readonly binds?: Readonly<Record<string, string>>;
  /** Whether it has the controllers of control groups, where they are of the first version here. Default: no. */
  readonly hasControllers?: boolean;
  /** A script of the shell that completes its files, which are in `$root`; `$disk` is a folder that is no overlay. */
  readonly prepare?: string;
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
 * Holds a machine. It makes control groups, so that systemd makes its own below them and reaches no other, starts the
 * namespaces in them, and says which process these are. When the machine ends, or the tests do, in whichever way, it
 * removes what lies outside. $0: {@linkcode SET_UP}; $1: a folder of the machine's own; $2: true for controllers.
 */
const HOLD = `
${FIND_GROUPS}
folder=$1
controllers=
name=ram-auth-test-$$
own=$groups/$name
machine=
end() {
  trap '' INT TERM HUP
  trap - EXIT
  # Who read what it writes may be gone, and that would end it.
  exec >/dev/null 2>&1
  if [ -n "$machine" ]; then
    kill -KILL "$machine" || true
    wait "$machine" || true
  fi
  # Groups outlive their processes; one that still has some cannot be removed.
  for group in $own; do
    while [ -d "$group" ]; do find "$group" -depth -type d -exec rmdir {} + || sleep 0.1; done
  done
  rm -rf "$folder"
}
trap end EXIT
# A second signal may not end what the first began.
trap "trap '' INT TERM HUP; exit 1" INT TERM HUP
if "$2"; then
  while IFS=: read -r _ names path; do
    [ -n "$names" ] || continue
    controllers="$controllers $names"
    own="$own /sys/fs/cgroup/\${names#name=}\${path%/}/$name"
  done </proc/self/cgroup
fi
shift 2
for group in $own; do
  mkdir "$group"
  if [ -e "$group/cpuset.cpus" ]; then
    cat "$group/../cpuset.cpus" >"$group/cpuset.cpus"
    cat "$group/../cpuset.mems" >"$group/cpuset.mems"
  fi
done
(
  trap - INT TERM HUP EXIT
  for group in $own; do echo 0 >"$group/cgroup.procs"; done
  exec setpriv --pdeathsig KILL ${NAMESPACES} sh -euc "$0" sh "$folder" "$controllers" "$@"
) &
machine=$!
echo "$machine"
wait "$machine"
`;

/**
 * What is in the namespaces, and systemd then starts in. $1: as above; $2: names of controllers; $3: what prepares it; then
 * pairs of a path there and a path here.
 */
const SET_UP = `
disk=$1/disk
memory=$1/memory
controllers=$2
prepare=$3
shift 3
mount --make-rprivate /
mkdir "$disk" "$memory"
mount -t tmpfs -o mode=755 tmpfs "$memory"
root=$memory/root
mkdir "$memory/changes" "$memory/work" "$memory/targets" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$memory/changes,workdir=$memory/work" overlay "$root"
while [ $# -gt 0 ]; do
  mkdir -p "$(dirname "$root$1")"
  if [ -d "$2" ]; then mkdir -p "$root$1"; else : >"$root$1"; fi
  mount --bind "$2" "$root$1"
  mount -o remount,bind,ro "$root$1"
  shift 2
done
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
if [ -z "$controllers" ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  mkdir "$root/sys/fs/cgroup/unified"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
  for controller in $controllers; do
    mkdir "$root/sys/fs/cgroup/\${controller#name=}"
    mount -t cgroup -o "$controller" cgroup "$root/sys/fs/cgroup/\${controller#name=}"
  done
fi
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  rest=\${device#*:}
  mknod -m 666 "$root/dev/\${device%%:*}" c "\${rest%:*}" "\${rest#*:}"
done
cp /usr/lib/systemd/system/*.target "$memory/targets"
mount --bind "$memory/targets" "$root/usr/lib/systemd/system"
mount -t tmpfs -o mode=755 tmpfs "$root/usr/lib/systemd/system-generators"
mount -t tmpfs -o mode=755 tmpfs "$root/etc/systemd/system"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
ip link set lo up
eval "$prepare"
mkdir "$root/outside"
cd "$root"
pivot_root . outside
umount -l /outside
exec env -i container=test /lib/systemd/systemd --system --unit=multi-user.target --show-status=no
`;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Starts a machine, and waits until systemd has. */
export async function startMachine(
  { binds = {}, hasControllers = false, prepare = "" }: MachineOptions = {},
): Promise<Machine> {
  const folder = await Deno.makeTempDir({ prefix: "machine-" });
  const pairs = await Promise.all(
    Object.entries(binds).map(async ([there, here]) => [there, await Deno.realPath(here)]),
  );
  const holding = [HOLD, SET_UP, folder, String(hasControllers), prepare, ...pairs.flat()];
  const holder = startProcess("setpriv", { args: ["--pdeathsig", "TERM", "sh", "-euc", ...holding] });
  const stop = async () => void await holder.stop("SIGTERM");
  const failure = () => new Error(`Cannot start the machine: ${holder.stderr()}`);
  try {
    const firstPid = await waitFor("the machine's first process", async () => {
      if (holder.hasEnded()) throw failure();
      const namespaces = holder.stdout().trim();
      if (namespaces === "") return undefined;
      return (await outputOf("cat", `/proc/${namespaces}/task/${namespaces}/children`)).output.trim() || undefined;
    });
    const inside = ["--target", firstPid, "--all", "env", "-i", `PATH=${PATH}`];
    const run = (...command: readonly string[]) => outputOf("nsenter", ...inside, ...command);
    await waitFor("systemd", async () => {
      if (holder.hasEnded()) throw failure();
      return (await run("systemctl", "is-system-running")).output === "running\n";
    });
    return {
      firstPid,
      folder,
      run,
      feed: (stdin, ...command) =>
        outputOfFed(typeof stdin === "string" ? new Blob([stdin]).stream() : stdin, "nsenter", ...inside, ...command),
      async sh(script) {
        const { code, output } = await run("sh", "-euc", script);
        if (code !== 0) throw new Error(`Cannot run ${script}: it left with ${code}: ${output}`);
        return output;
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function outputOf(command: string, ...args: readonly string[]): Promise<CommandResult> {
  return resultOf(await new Deno.Command(command, { args: [...args], stdin: "null" }).output());
}

async function outputOfFed(
  stdin: ReadableStream<Uint8Array>,
  command: string,
  ...args: readonly string[]
): Promise<CommandResult> {
  const child = new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const [output] = await Promise.all([child.output(), stdin.pipeTo(child.stdin)]);
  return resultOf(output);
}

function resultOf({ code, stdout, stderr }: Deno.CommandOutput): CommandResult {
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
