/**
 * Everything that a command takes from outside: the environment, the clock, files, the network and the terminal. It is
 * passed in, so that each command runs in a test as a plain function.
 *
 * @module
 */

/** The file operations in use, with the contracts of `Deno`. */
export type FileSystem = Pick<
  typeof Deno,
  "chmod" | "chown" | "lstat" | "mkdir" | "open" | "readFile" | "realPath" | "remove" | "rename" | "stat" | "watchFs"
>;

/** A text stream out of the process. */
export interface Output {
  /** Writes the whole text before it returns. */
  write(text: string): void;
  /** Whether a person watches: decides on colour, progress lines and questions. */
  readonly isTerminal: boolean;
  /** Width in columns, where a terminal tells it. */
  readonly columns?: number | undefined;
}

/** What a command may take from outside, and nothing else. */
export interface World {
  /** One environment variable; `undefined` where it is unset. Trust: chosen by whoever starts the process. */
  env(name: string): string | undefined;
  now(): Date;
  readonly fetch: typeof fetch;
  readonly fs: FileSystem;
  readonly stdin: { readonly readable: ReadableStream<Uint8Array>; readonly isTerminal: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

/** The machine as it is. */
export function realWorld(): World {
  return {
    env: (name) => Deno.env.get(name),
    now: () => new Date(),
    fetch: globalThis.fetch,
    fs: Deno,
    stdin: {
      get readable() {
        return Deno.stdin.readable;
      },
      get isTerminal() {
        return Deno.stdin.isTerminal();
      },
    },
    stdout: terminalOutput(Deno.stdout),
    stderr: terminalOutput(Deno.stderr),
  };
}

function terminalOutput(stream: typeof Deno.stdout | typeof Deno.stderr): Output {
  return {
    write(text) {
      let rest = new TextEncoder().encode(text);
      while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
    },
    get isTerminal() {
      return stream.isTerminal();
    },
    get columns() {
      return stream.isTerminal() ? Deno.consoleSize().columns : undefined;
    },
  };
}
