/**
 * What Linux says of another process. Deno reads nothing of one under /proc but with all permissions.
 *
 * @module
 */

/** Resident memory in MB of 10⁶ bytes, now and at most so far. */
export async function residentMegabytes(pid: number): Promise<{ readonly now: number; readonly most: number }> {
  const status = await output("cat", `/proc/${pid}/status`);
  const of = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1_024 / 1_000_000;
  return { now: of("VmRSS"), most: of("VmHWM") };
}

/** Open descriptors. */
export async function openHandles(pid: number): Promise<number> {
  return (await output("ls", `/proc/${pid}/fd`)).split("\n").length - 1;
}

async function output(command: string, path: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [path] }).output();
  if (!success) throw new Error(`Cannot measure: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
