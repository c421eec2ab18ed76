/**
 * A process that is kube-apiserver as far as `/proc` shows it: its name and its flags. It does nothing until it is
 * stopped, so that tests of who waits for it need no cluster.
 *
 * @module
 */

import { type RunningProcess, startProcess } from "../process.ts";

/** Prepares the program in a folder, and returns what starts it with flags. */
export async function prepareFakeApiserver(folder: string): Promise<(flags: readonly string[]) => RunningProcess> {
  const [program, fifo] = [`${folder}/kube-apiserver`, `${folder}/nobody-writes`];
  await Deno.symlink(await Deno.realPath("/bin/sh"), program);
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  // A shell that opens a FIFO for reading is held up by the kernel until somebody opens it for writing.
  return (flags) => startProcess(program, { args: ["-c", ': <"$0"', fifo, ...flags] });
}
