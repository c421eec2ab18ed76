/**
 * The processes of kube-apiserver on this node and their flags, as `/proc` shows them. The runtime shows `/proc` only to
 * programs that may do everything, so that the shell reads it.
 *
 * Trust: any process of the node can call itself kube-apiserver and show any flags. So this never tells whom to trust; it
 * tells a restarted server from the one before, and beside it stands the answer at the server's port.
 *
 * @module
 */

import { nameOf } from "../../../files.ts";
import { runShell } from "./shell.ts";

/** A line for each process whose command line names kube-apiserver: its id, and the command line in hexadecimal. */
const LIST = `
for path in $(grep -lsF kube-apiserver /proc/[0-9]*/cmdline); do
  process=\${path%/cmdline}
  printf '%s ' "\${process#/proc/}"
  od -An -v -tx1 "$path" 2>/dev/null | tr -d ' \\n'
  echo
done`;

const LIST_TIMEOUT_MS = 10_000;

/** A process of kube-apiserver. */
export interface ApiserverProcess {
  readonly pid: number;
  /** What follows the program in its command line. */
  readonly words: readonly string[];
}

/** What the list came to; `impossible` where this program may not start the shell. */
export type ProcessList =
  | { readonly kind: "listed"; readonly processes: readonly ApiserverProcess[] }
  | { readonly kind: "cut"; readonly why: string }
  | { readonly kind: "impossible" };

/** Lists them. */
export async function listApiservers(signal: AbortSignal): Promise<ProcessList> {
  const result = await runShell(LIST, { timeoutMs: LIST_TIMEOUT_MS, signal });
  return result.kind === "ended" ? { kind: "listed", processes: readProcessList(result.stdout) } : result;
}

/** Reads what the shell printed. */
export function readProcessList(text: string): readonly ApiserverProcess[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, hex] = /^(\d+) ((?:[0-9a-f]{2})+)$/.exec(line) ?? [];
    if (pid === undefined || hex === undefined) return [];
    const [program = "", ...words] = new TextDecoder().decode(Uint8Array.fromHex(hex)).replace(/\0$/, "").split("\0");
    if (nameOf(program) !== "kube-apiserver") return [];
    return [{ pid: Number(pid), words }];
  });
}
