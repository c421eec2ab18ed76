/**
 * Everything that a command takes from outside: the environment, the clock, files, the network and the terminal. It is
 * passed in, so that each command runs in a test as a plain function.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import type { Descriptor, DescriptorOptions } from "./descriptor.ts";
import { importLater } from "./import_later.ts";

/** What of `Deno` is in use. Nothing that changes owner or mode by name: a name can lead elsewhere a moment later. */
const OPERATIONS = [
  "lstat",
  "mkdir",
  "open",
  "readDir",
  "readFile",
  "readLink",
  "realPath",
  "remove",
  "rename",
  "stat",
  "watchFs",
] as const satisfies readonly (keyof typeof Deno)[];

/** The file operations in use, with the contracts of `Deno`. */
export type FileSystem = Pick<typeof Deno, typeof OPERATIONS[number]> & {
  /** `openDescriptor` of `descriptor.ts`. */
  openDescriptor(path: string, options?: DescriptorOptions): Promise<Descriptor>;
};

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
  /**
   * One environment variable; `undefined` where it is unset. Trust: chosen by whoever starts the process.
   *
   * @throws {UsageError} if its value is not UTF-8
   */
  env(name: string): string | undefined;
  /** The system, which decides where a person's files are. */
  readonly os: typeof Deno.build.os;
  now(): Date;
  /** Milliseconds since any fixed point, by a clock that only goes forward. */
  elapsedMs(): number;
  readonly fetch: typeof fetch;
  readonly fs: FileSystem;
  /** The user whose process this is; 0 is root. `undefined` where the system numbers nobody, as on Windows. */
  userId(): number | undefined;
  readonly stdin: { readonly readable: ReadableStream<Uint8Array>; readonly isTerminal: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Standard error once more, for the log of a server: it holds up nobody, and may be written in part or fail. */
  readonly logOutput: { write(bytes: Uint8Array): Promise<number> };
}

const FILES: FileSystem = {
  ...Object.fromEntries(OPERATIONS.map((name) => [name, Deno[name]])) as Pick<typeof Deno, typeof OPERATIONS[number]>,
  openDescriptor: async (...args) => {
    const { openDescriptor } = await importLater<typeof import("./descriptor.ts")>(
      "./descriptor.ts",
      import.meta.url,
    );
    return await openDescriptor(...args);
  },
};

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.InvalidData)) throw cause;
    throw new UsageError(`Cannot read the variable ${name}: its value is not UTF-8; correct it, or unset it`, {
      cause,
    });
  }
}

/** The machine as it is. */
export function realWorld(): World {
  return {
    env: readVariable,
    os: Deno.build.os,
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    fetch: globalThis.fetch,
    fs: FILES,
    userId: () => Deno.uid() ?? undefined,
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
    logOutput: Deno.stderr,
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
