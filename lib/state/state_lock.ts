/**
 * One writer at a time in a state folder, across processes.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";

/** How long to wait for another writer. One that makes everything anew takes less than a second. */
const MAX_WAIT_MS = 10_000;

const RETRY_MS = 100;

/**
 * Does the work while no other process does any in this folder.
 *
 * The lock is the kernel's, on the folder itself: it ends with the process that holds it, so that a crash leaves
 * nothing to clean up.
 *
 * @param options.maxWaitMs how long to wait for another writer, in milliseconds; 10 s by default
 * @throws {StateError} if the folder cannot be opened, or another process kept the lock all the time
 */
export async function withStateLock<T>(
  world: World,
  stateDir: string,
  work: () => Promise<T>,
  { maxWaitMs = MAX_WAIT_MS }: { readonly maxWaitMs?: number } = {},
): Promise<T> {
  using folder = await openFolder(world, stateDir);
  for (let waitedMs = 0; !await folder.tryLock(true); waitedMs += RETRY_MS) {
    if (waitedMs >= maxWaitMs) {
      throw new StateError(
        `Cannot lock the state folder "${stateDir}": another process kept it locked for ${maxWaitMs} ms; ` +
          `find it with: lsof ${stateDir}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return await work();
}

async function openFolder(world: World, stateDir: string): Promise<Deno.FsFile> {
  try {
    return await world.fs.open(stateDir, { read: true });
  } catch (cause) {
    throw new StateError(`Cannot open the state folder "${stateDir}": ${messageOf(cause)}; check its owner and mode`, {
      cause,
    });
  }
}
