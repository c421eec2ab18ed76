/**
 * What Linux says of another process. Deno reads nothing of one under /proc but with all permissions.
 *
 * @module
 */

/** Resident memory in MB of 10⁶ bytes, now and at most so far. */
export async function residentMegabytes(pid: number): Promise<{ readonly now: number; readonly most: number }> {
  const status = await output("cat", [`/proc/${pid}/status`]);
  const of = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1_024 / 1_000_000;
  return { now: of("VmRSS"), most: of("VmHWM") };
}

/** Open descriptors. */
export async function openHandles(pid: number): Promise<number> {
  return (await output("ls", [`/proc/${pid}/fd`])).split("\n").length - 1;
}

/** Milliseconds of processor time that its threads took so far, by the scheduler's own clock; those that ended do not count. */
export async function processorMs(pid: number): Promise<number> {
  const threads = await output("/bin/sh", ["-c", 'cat /proc/"$0"/task/*/schedstat', String(pid)]);
  return threads.trim().split("\n").reduce((sum, line) => sum + Number(line.split(" ")[0]) / 1_000_000, 0);
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`Cannot measure: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
