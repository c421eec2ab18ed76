/**
 * One writer at a time in a state folder, across processes.
 *
 * @module
 */

import { identityOf } from "../file_identity.ts";
import { messageOf } from "../errors.ts";
import { giveTo, type Owner } from "../files.ts";
import { delay } from "../time.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";
import { LOCK_NAME } from "./state_files.ts";

/** How long to wait for another writer. One that recreates everything takes less than a second. */
const MAX_WAIT_MS = 10_000;

const RETRY_MS = 100;

const NEVER_STOPPED = new AbortController().signal;

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
 * The lock is the kernel's, on a file that only the folder's owner can open: on the folder itself, whoever may look
 * into it could hold the lock for ever. It ends with the process that holds it; what a crash leaves is an empty file.
 *
 * @throws {StateError} if the folder cannot be written, or another process kept the lock all the time
 * @throws the reason of `signal`
 */
export async function withStateLock<T>(
  world: World,
  stateDir: string,
  work: () => Promise<T>,
  { heir, maxWaitMs = MAX_WAIT_MS, signal = NEVER_STOPPED }: LockOptions = {},
): Promise<T> {
  const path = `${stateDir}/${LOCK_NAME}`;
  for (let waitedMs = 0;; waitedMs += RETRY_MS) {
    using lock = await tryLock(world, { path, stateDir, heir });
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        // Whoever waits looks whether the file that it locked is still the one with the name.
        await world.fs.remove(path).catch(() => {});
      }
    }
    if (waitedMs >= maxWaitMs) {
      throw new StateError(
        `Cannot lock the state folder "${stateDir}": another process kept it locked for ${maxWaitMs} ms; ` +
          `find it with: lsof ${path}`,
      );
    }
    await delay(RETRY_MS, signal);
    signal.throwIfAborted();
  }
}

async function tryLock(
  world: World,
  { path, stateDir, heir }: {
    readonly path: string;
    readonly stateDir: string;
    readonly heir: Owner | undefined;
  },
): Promise<Deno.FsFile | undefined> {
  const attempt = `Cannot lock the state folder "${stateDir}"`;
  try {
    await makeLockFile(world, path, heir);
    const name = await world.fs.lstat(path);
    if (!name.isFile) throw new StateError(`${attempt}: "${path}" is no regular file; remove it`);
    if (isStrangers(world, name.uid, heir)) {
      // Made while everybody could write here, perhaps to hold it for ever.
      await world.fs.remove(path);
      return undefined;
    }
    // To write as well, because opening a FIFO to read alone would wait for its other end.
    using opening = new DisposableStack();
    const file = opening.use(await world.fs.open(path, { read: true, write: true }));
    if (identityOf(await file.stat()) !== identityOf(name) || !await file.tryLock(true)) return undefined;
    if (identityOf(await world.fs.lstat(path)) !== identityOf(name)) return undefined;
    opening.move();
    return file;
  } catch (cause) {
    // The one that held it is done, and took the file away.
    if (cause instanceof Deno.errors.NotFound && await isFolder(world, stateDir)) return undefined;
    if (cause instanceof StateError) throw cause;
    throw new StateError(`${attempt}: ${messageOf(cause)}; check its owner and mode`, { cause });
  }
}

async function makeLockFile(world: World, path: string, heir: Owner | undefined): Promise<void> {
  try {
    using made = await world.fs.openDescriptor(path, { createMode: 0o600 });
    if (heir !== undefined) await giveTo(heir, made);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
  }
}

function isStrangers(world: World, uid: number | null, heir: Owner | undefined): boolean {
  return world.userId() !== undefined && ![0, world.userId(), heir?.uid].includes(uid ?? 0);
}

async function isFolder(world: World, path: string): Promise<boolean> {
  return await world.fs.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
