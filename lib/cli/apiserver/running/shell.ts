/**
 * The system's shell, by which what only a program can do is done: see ADR 47. It runs texts of this program alone, with
 * a fixed search path and nothing of the environment; what varies is an argument of a checked form, and never text.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import { processTimers, within } from "../../../time.ts";

const SHELL = "/bin/sh";

/** Where the commands are looked for: where root alone installs. */
const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** How much a text may print: the flags of over a hundred API servers. */
const MAX_BYTES = 1_048_576;

/** How long a process may take to end that was killed, in milliseconds. */
const KILL_MS = 500;

/** What a text may take, and what ends it. */
export interface ShellRun {
  readonly args?: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came of it. */
export type ShellResult =
  | { readonly kind: "ended"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It took too long, printed too much, was interrupted, or the system starts nothing more. */
  | { readonly kind: "cut"; readonly why: string }
  /** This process may start no program, or there is no shell. */
  | { readonly kind: "impossible" };

/** Runs a text. Trust: `text` is one of this program's own; `args` have been checked. */
export async function runShell(text: string, { args = [], timeoutMs, signal }: ShellRun): Promise<ShellResult> {
  const child = start(text, args);
  if ("kind" in child) return child;
  const cut = Promise.withResolvers<ShellResult>();
  const giveUp = (why: string) => cut.resolve({ kind: "cut", why });
  const timer = setTimeout(() => giveUp(`it took more than ${timeoutMs / 1_000} s`), timeoutMs);
  const stop = () => giveUp("it was interrupted");
  signal.addEventListener("abort", stop, { once: true });
  const [stdout, stderr] = [collect(child.stdout, giveUp), collect(child.stderr, giveUp)];
  try {
    if (signal.aborted) stop();
    const ended = child.status.then(async ({ code }): Promise<ShellResult> => {
      await Promise.all([stdout.end, stderr.end]);
      return { kind: "ended", code, stdout: stdout.text(), stderr: stderr.text() };
    });
    const result = await Promise.race([ended, cut.promise]);
    if (result.kind === "cut") await kill(child);
    return result;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    await Promise.all([stdout.cancel(), stderr.cancel()]);
  }
}

function start(text: string, args: readonly string[]): Deno.ChildProcess | ShellResult {
  try {
    return new Deno.Command(SHELL, {
      args: ["-c", text, "sh", ...args],
      clearEnv: true,
      env: ENVIRONMENT,
      cwd: "/",
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const isImpossible = error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound;
    return isImpossible
      ? { kind: "impossible" }
      : { kind: "cut", why: `"${SHELL}" does not start: ${messageOf(error)}` };
  }
}

/** Ends a process; one that the kernel holds up is not waited for. */
async function kill(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has just ended.
  }
  child.unref();
  await within(processTimers, KILL_MS, child.status, "it is held up").catch(() => {});
}

function collect(stream: ReadableStream<Uint8Array>, giveUp: (why: string) => void) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  const read = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > MAX_BYTES) return giveUp(`it printed more than ${MAX_BYTES} bytes`);
      text += decoder.decode(next.value, { stream: true });
    }
  };
  const end = read().catch(() => {});
  return { end, text: () => text, cancel: () => reader.cancel().catch(() => {}) };
}
