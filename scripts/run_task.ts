/**
 * How a script that takes arguments starts and ends: `--help`, and the exit codes 0, 1 and 2.
 *
 * @module
 */

import { messageOf } from "../lib/errors.ts";
import { realWorld } from "../lib/world.ts";

/** A script of `deno task`. */
export interface Task<Options> {
  /** As `deno task` knows it. */
  readonly name: string;
  readonly help: string;
  /** Starts the line that says why it failed. */
  readonly attempt?: string;
  /** @throws {Error} if the arguments are none of the script's */
  readArguments(): Options & { readonly help: boolean };
  /** @returns the exit code; @throws {Error} that says what to do */
  run(options: Options): Promise<number>;
}

/** Runs the script, and sets the exit code. */
export async function runTask<Options>(task: Task<Options>): Promise<void> {
  Deno.exitCode = await exitCodeOf(task);
}

async function exitCodeOf<Options>(
  { name, help, attempt = "", readArguments, run }: Task<Options>,
): Promise<number> {
  const { stdout, stderr } = realWorld();
  let options: Options & { readonly help: boolean };
  try {
    options = readArguments();
  } catch (error) {
    stderr.write(`Cannot read the arguments: ${messageOf(error)}; see deno task ${name} --help\n`);
    return 2;
  }
  if (options.help) {
    stdout.write(help);
    return 0;
  }
  try {
    return await run(options);
  } catch (error) {
    stderr.write(`${attempt}${messageOf(error)}\n`);
    return 1;
  }
}
