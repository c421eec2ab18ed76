/**
 * A word to the person who waits. Owns how long nothing needs to be said.
 *
 * @module
 */

import type { World } from "../world.ts";

/** Longest wait in milliseconds without a word. */
const PATIENCE_MS = 2_000;

/** Does the work, and says on a terminal what it waits for where that takes longer than two seconds. */
export async function sayWhenSlow<T>(
  world: Pick<World, "stderr">,
  { what, patienceMs = PATIENCE_MS }: { readonly what: string; readonly patienceMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const say = () => world.stderr.write(`ram-auth: ${what} ...\n`);
  const timer = world.stderr.isTerminal ? setTimeout(say, patienceMs) : undefined;
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
