/**
 * Programs that print credentials: `credential_process` of AWS profiles, `process_command` of the aliyun CLI. Not on the
 * start-up path of `token`.
 *
 * A program is started through the system's shell, the one program that the permissions name. The POSIX shell interprets
 * nothing: it is handed the words and becomes the program. Whatever a program starts is ended with it.
 *
 * @module
 */

import { sentence } from "../quote.ts";
import { CredentialsError } from "./signer.ts";

/** Wide, because a program may open a browser for a login. */
const DEADLINE_MS = 60_000;

/** How long the rest of the output may take once the program has ended: what it left running may keep the pipe open. */
const OUTPUT_GRACE_MS = 1_000;

/** Largest output: keys take 3 KB. */
const MAX_OUTPUT_BYTES = 65_536;

/** How much of its standard error is kept, for the message of a failure. */
const MAX_ERROR_BYTES = 4_096;

/**
 * Ends a program and all that it started. Each is halted before its children are listed, so that it starts no more
 * meanwhile. Linux lists children in `/proc`, other systems by `ps`.
 */
const END_TREE = `
children() {
  cat /proc/"$1"/task/*/children 2>/dev/null || ps -A -o ppid= -o pid= | while read -r parent child; do
    if [ "$parent" = "$1" ]; then echo "$child"; fi
  done
}
end() {
  kill -s STOP "$1" 2>/dev/null
  set -- "$1" $(children "$1")
  kill -s KILL "$1" 2>/dev/null
  shift
  for child in "$@"; do end "$child"; done
}
end "$1"`;

/** The one program that the permissions name: how it starts a program by words, and ends one with its children. */
export const SHELL = Deno.build.os === "windows"
  ? {
    path: "C:\\Windows\\System32\\cmd.exe",
    run: (words: readonly string[]) => ["/d", "/s", "/c", `"${words.map((word) => `"${word}"`).join(" ")}"`],
    end: (pid: number) => ["/d", "/c", `taskkill /t /f /pid ${pid}`],
  }
  : {
    path: "/bin/sh",
    run: (words: readonly string[]) => ["-c", 'exec "$@"', "sh", ...words],
    end: (pid: number) => ["-c", END_TREE, "sh", String(pid)],
  };

/**
 * Splits a command line into words as a POSIX shell does, with its quotes and backslashes; nothing is expanded. On
 * Windows a backslash is a part of a path.
 *
 * @param attempt starts the message of an error
 * @throws {CredentialsError} if a quote has no end, or there are no words
 */
export function splitCommand(
  command: string,
  attempt: string,
  isWindows: boolean = Deno.build.os === "windows",
): readonly string[] {
  const part = isWindows ? /(\s+)|"([^"]*)"|([^\s"]+)/y : /(\s+)|"((?:[^"\\]|\\[^])*)"|([^\s'"\\]+)|'([^']*)'|\\([^])/y;
  const words: string[] = [];
  let word: string | undefined;
  while (part.lastIndex < command.length) {
    const found = part.exec(command);
    if (found === null) throw new CredentialsError(`${attempt}: its command has a quote without an end; add it`);
    const [, space, double, plain, single, escaped] = found;
    if (space === undefined) {
      const unquoted = isWindows ? double : double?.replace(/\\([\\"])/g, "$1");
      word = (word ?? "") + (unquoted ?? plain ?? single ?? escaped ?? "");
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  if (!words[0]) throw new CredentialsError(`${attempt}: its command is empty; name a program`);
  return words;
}

/** A program that is to print credentials. */
export interface CredentialProcess {
  /** The program and its arguments. Trust: whoever wrote the user's config file chose them. */
  readonly words: readonly string[];
  /** Starts each error: `Cannot use profile "corp"`. */
  readonly attempt: string;
  readonly deadlineMs?: number;
}

/**
 * Runs a program and returns what it printed. It may ask the person at the terminal by itself.
 *
 * @throws {CredentialsError} if it cannot be started, fails, prints too much or takes too long; what it wrote to standard
 *   error is quoted, what it printed never is
 */
export async function runCredentialProcess(
  { words, attempt, deadlineMs = DEADLINE_MS }: CredentialProcess,
): Promise<string> {
  const fail = (why: string) => new CredentialsError(`${attempt}: "${sentence(words[0] ?? "")}" ${why}`);
  const stop = Promise.withResolvers<string>();
  // A terminal interrupts the program itself; this reaches us alone. Before there is a program that would be left behind.
  using _ = onSigterm(() => stop.resolve("was stopped, because ram-auth is to end"));
  const child = start(words, attempt);
  const timer = setTimeout(() => stop.resolve(`was stopped after ${deadlineMs / 1000} seconds`), deadlineMs);
  const output = collect(child.stdout, MAX_OUTPUT_BYTES, () => stop.resolve(`printed over ${MAX_OUTPUT_BYTES} bytes`));
  const errors = collect(child.stderr, MAX_ERROR_BYTES);
  const said = () => errors.text().trim() === "" ? "" : `: ${sentence(errors.text())}`;
  try {
    const ended = await Promise.race([child.status, stop.promise]);
    if (typeof ended === "string") {
      await endTree(child.pid);
      throw fail(`${ended}${said()}`);
    }
    clearTimeout(timer);
    const grace = Promise.withResolvers<void>();
    const graceTimer = setTimeout(grace.resolve, OUTPUT_GRACE_MS);
    await Promise.race([Promise.all([output.end, errors.end]), grace.promise]);
    clearTimeout(graceTimer);
    if (!ended.success) throw fail(`failed with ${ended.signal ?? `exit code ${ended.code}`}${said()}`);
    if (output.isCut()) throw fail(`printed over ${MAX_OUTPUT_BYTES} bytes`);
    return output.text();
  } finally {
    clearTimeout(timer);
    await Promise.all([output.cancel(), errors.cancel(), child.status]);
  }
}

/** Does something at SIGTERM, which Windows does not have, in place of ending at once. */
function onSigterm(act: () => void): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  Deno.addSignalListener("SIGTERM", act);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGTERM", act) };
}

function start(words: readonly string[], attempt: string): Deno.ChildProcess {
  try {
    return new Deno.Command(SHELL.path, {
      args: SHELL.run(words),
      stdin: "inherit",
      stdout: "piped",
      stderr: "piped",
      windowsRawArguments: true,
    }).spawn();
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotCapable
      ? `it starts a program, for which ram-auth needs the permission --allow-run=${SHELL.path}; give it, or run the ` +
        "program yourself and put its keys into the environment"
      : `"${SHELL.path}" cannot be started`;
    throw new CredentialsError(`${attempt}: ${why}`, { cause });
  }
}

async function endTree(pid: number): Promise<void> {
  await new Deno.Command(SHELL.path, {
    args: SHELL.end(pid),
    stdin: "null",
    stdout: "null",
    stderr: "null",
    windowsRawArguments: true,
  }).output();
}

/** Reads a stream to its end and keeps its start. `onFull` is called once there is more than is kept. */
function collect(stream: ReadableStream<Uint8Array>, maxBytes: number, onFull = () => {}) {
  const reader = stream.getReader();
  const kept: Uint8Array[] = [];
  let length = 0;
  const read = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (length <= maxBytes) kept.push(next.value);
      length += next.value.length;
      if (length > maxBytes) onFull();
    }
  };
  const end = read().catch(() => {});
  return {
    end,
    text: () => new TextDecoder().decode(new Uint8Array(kept.flatMap((chunk) => [...chunk])).subarray(0, maxBytes)),
    isCut: () => length > maxBytes,
    cancel: async () => {
      await reader.cancel().catch(() => {});
      await end;
    },
  };
}
