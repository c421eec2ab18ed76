/**
 * What a command is to the runner.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import type { World } from "../world.ts";

/** Everything a command runs with. */
export interface Invocation {
  readonly settings: Settings;
  readonly world: World;
  /**
   * From now on Ctrl-C and SIGTERM abort the signal, so that the command can stop cleanly. One that has nothing to clean
   * up does not ask for it, and they end it at once.
   */
  stopSignal(): AbortSignal | Promise<AbortSignal>;
}

/** A module under `cli/` that holds one command. */
export interface CommandModule {
  /**
   * Does the command's work and writes its output.
   *
   * @returns the exit code: 0 done, 1 failed
   * @throws {RamAuthError} for the runner to print; {@linkcode UsageError} makes exit code 2, every other one 1
   */
  run(invocation: Invocation): Promise<number>;
}
