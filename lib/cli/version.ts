/**
 * `ram-auth version`.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import type { Invocation } from "./command.ts";

/** Prints the name and version of this build. */
export function run({ world }: Invocation): Promise<number> {
  world.stdout.write(`ram-auth ${VERSION}\n`);
  return Promise.resolve(0);
}
