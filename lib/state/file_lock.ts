/**
 * One worker at a time, across processes: the kernel's lock on a file that is there only while somebody works. It ends
 * with the process that holds it; what a crash leaves is an empty file.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../errors.ts";
import { identityOf } from "../file_identity.ts";
import { folderOf, giveTo, type Owner } from "../files.ts";
import { delay } from "../time.ts";
import type { World } from "../world.ts";

const RETRY_MS = 100;

const NEVER_STOPPED = new AbortController().signal;

/** What to lock, and how long to wait for it. */
export interface FileLock {
  /**
   * The lock's own file, in a folder where no stranger can write. Nobody but its owner can open it: on what others can
   * open, they could hold the lock for ever.
   */
  readonly path: string;
  /** What is being done, for the error: `Cannot lock the state folder "/x"`. */
  readonly attempt: string;
  /** Makes an error of a text. */
  readonly fail: (message: string, options?: ErrorOptions) => RamAuthError;
  /** To whom the lock's file is to belong, where that is not us. */
  readonly heir?: Owner | undefined;
  /** How long to wait for another process, in milliseconds; `Infinity` where only the signal ends that. */
  readonly maxWaitMs: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when another process turns out to hold it. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Does the work while no other process does any under this lock.
 *
 * @throws {RamAuthError} of `fail`, if its folder cannot be written, or another process kept the lock all the time
 * @throws the reason of `signal`
 */
export async function withFileLock<T>(world: World, lock: FileLock, work: () => Promise<T>): Promise<T> {
  const { path, attempt, fail, maxWaitMs, signal = NEVER_STOPPED, onWait = () => {} } = lock;
  for (let waitedMs = 0;; waitedMs += RETRY_MS) {
    using held = await tryLock(world, lock);
    if (held !== undefined) {
      try {
        return await work();
      } finally {
        // Whoever waits looks whether the file that it locked is still the one with the name.
        await world.fs.remove(path).catch(() => {});
      }
    }
    if (waitedMs >= maxWaitMs) {
      throw fail(`${attempt}: another process kept it locked for ${maxWaitMs} ms; find it with: lsof ${path}`);
    }
    if (waitedMs === RETRY_MS) onWait();
    await delay(RETRY_MS, signal);
    signal.throwIfAborted();
  }
}

async function tryLock(
  world: World,
  { path, attempt, fail, heir }: FileLock,
): Promise<Deno.FsFile | undefined> {
  try {
    await makeLockFile(world, path, heir);
    const name = await world.fs.lstat(path);
    if (!name.isFile) throw fail(`${attempt}: "${path}" is no regular file; remove it`);
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
    if (cause instanceof Deno.errors.NotFound && await isFolder(world, folderOf(path))) return undefined;
    if (cause instanceof RamAuthError) throw cause;
    throw fail(`${attempt}: ${messageOf(cause)}; check its owner and mode`, { cause });
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
