/**
 * One writer at a time in a state folder, across processes.
 *
 * @module
 */

import { withFileLock } from "./file_lock.ts";
import type { Owner } from "../files.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";
import { LOCK_NAME } from "./state_files.ts";

/** How long to wait for another writer. One that recreates everything takes less than a second. */
const MAX_WAIT_MS = 10_000;

/** How to take the lock. */
export interface LockOptions {
  /** To whom the folder's files belong, where that is not us. */
  readonly heir?: Owner | undefined;
  /** How long to wait for another writer, in milliseconds; 10 s by default. */
  readonly maxWaitMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does the work while no other process does any in this folder.
 *
 * @throws {StateError} if the folder cannot be written, or another process kept the lock all the time
 * @throws the reason of `signal`
 */
export async function withStateLock<T>(
  world: World,
  stateDir: string,
  work: () => Promise<T>,
  { maxWaitMs = MAX_WAIT_MS, ...options }: LockOptions = {},
): Promise<T> {
  return await withFileLock(world, {
    ...options,
    maxWaitMs,
    path: `${stateDir}/${LOCK_NAME}`,
    attempt: `Cannot lock the state folder "${stateDir}"`,
    fail: (message, options) => new StateError(message, options),
  }, work);
}
