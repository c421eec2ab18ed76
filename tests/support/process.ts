/**
 * A child process with a life of its own: started, read, stopped by its own handle. Knows nothing of what it runs.
 *
 * @module
 */

import { keepOutput } from "./outputs/keep_output.ts";

/** How long a process may take to obey a signal before it is killed: a fence against a hang, also on a busy machine. */
const KILL_AFTER_MS = 60_000;

/** What to run, and where. */
export interface ProcessOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Hides the environment of the tests from the process. */
  readonly clearEnv?: boolean;
  readonly cwd?: string;
}

/** A process that runs until it ends by itself or is stopped; `await using` kills it. */
export interface RunningProcess extends AsyncDisposable {
  /** Everything it wrote to stdout so far. */
  stdout(): string;
  /** Everything it wrote to stderr so far. */
  stderr(): string;
  /** Whether it has ended. */
  hasEnded(): boolean;
  /** Sends a signal and goes on; for SIGHUP and the like. */
  signal(signal: Deno.Signal): void;
  /** Sends a signal and waits for the end; SIGKILL follows where the process does not obey. */
  stop(signal: Deno.Signal): Promise<Deno.CommandStatus>;
}

/** One that is one process. */
export interface ChildProcess extends RunningProcess {
  readonly pid: number;
}

/** Starts a process and collects what it writes. */
export function startProcess(command: string, { args, ...options }: ProcessOptions): ChildProcess {
  const child = new Deno.Command(command, {
    ...options,
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let ended = false;
  const end = child.status.then(async (status) => {
    ended = true;
    await Promise.all([stdout.finished, stderr.finished]);
    keepOutput(stderr.text());
    return status;
  });

  const stop = async (signal: Deno.Signal): Promise<Deno.CommandStatus> => {
    if (!ended) child.kill(signal);
    const timer = setTimeout(() => ended || child.kill("SIGKILL"), KILL_AFTER_MS);
    try {
      return await end;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    pid: child.pid,
    stdout: stdout.text,
    stderr: stderr.text,
    hasEnded: () => ended,
    signal: (signal) => child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}

function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): {
  text: () => string;
  finished: Promise<void>;
} {
  const chunks: string[] = [];
  const finished = (async () => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) chunks.push(chunk);
  })();
  return { text: () => chunks.join(""), finished };
}
