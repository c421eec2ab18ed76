/**
 * A world for tests: an environment of our own, real files, and outputs that keep what was written.
 *
 * @module
 */

import { realWorld, type World } from "../../lib/world.ts";
import { keepOutput } from "../support/outputs/keep_output.ts";

/** A world whose outputs can be read back. */
export interface FakeWorld extends World {
  /** What was written to standard output so far. */
  readonly out: () => string;
  /** What was written to standard error so far. */
  readonly err: () => string;
}

/** A world with these variables and no others; the clock stands, the network is off. */
export function fakeWorld(
  environment: Readonly<Record<string, string>> = {},
  terminal: { readonly isTerminal: boolean; readonly columns?: number } = { isTerminal: false },
): FakeWorld {
  let out = "";
  let err = "";
  const writeError = (text: string) => {
    err += text;
    keepOutput(text);
  };
  return {
    ...realWorld(),
    env: (name) => Object.hasOwn(environment, name) ? environment[name] : undefined,
    now: () => new Date("2026-01-02T03:04:05Z"),
    fetch: () => Promise.reject(new TypeError("this test has no network")),
    stdout: { ...terminal, write: (text) => void (out += text) },
    stderr: { ...terminal, write: writeError },
    logOutput: {
      write(bytes) {
        writeError(new TextDecoder().decode(bytes));
        return Promise.resolve(bytes.length);
      },
    },
    out: () => out,
    err: () => err,
  };
}

/** Runs the body with the path of a file that holds the content; both are gone afterwards. */
export async function withFile<Result>(
  content: string | Uint8Array,
  body: (path: string) => Promise<Result>,
): Promise<Result> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/config.yaml`;
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return await body(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
