/**
 * Reading where another user may write: root that follows a link there reads, or hands out, what that user could not,
 * and whoever opens a FIFO waits for ever.
 *
 * @module
 */

import type { Descriptor, FileFacts } from "./descriptor.ts";
import {
  decodeText,
  demandRegular,
  explainFile,
  FileError,
  folderOf,
  giveTo,
  type Owner,
  readAll,
  type ReadOptions,
} from "./files.ts";
import type { World } from "./world.ts";

/** Permission bits by which users of the group, and all others, can write. */
export const WRITTEN_BY_OTHERS = 0o022;

/** Of these, the one by which every user can. */
export const WRITTEN_BY_ALL = 0o002;

/** The user and the group of root. */
export const ROOT: Owner = { uid: 0, gid: 0 };

/** In such a folder only the owner of an entry can rename or remove it. */
export const STICKY = 0o1000;

/** A file's text, and what the file is that it was read from. */
export interface GuardedText {
  readonly text: string;
  readonly facts: FileFacts;
  /** The file itself, where the name is a link. */
  readonly realPath: string;
}

/**
 * Reads a regular file as UTF-8; `undefined` where there is none. For root, no link on the way may be one that another
 * user could have put there.
 *
 * @throws {FileError} also if it is a link of another user's, a FIFO, a socket or a device
 */
export async function readGuarded(
  world: World,
  path: string,
  { what, maxBytes, keepsBom = false }: ReadOptions & { readonly keepsBom?: boolean },
): Promise<GuardedText | undefined> {
  const attempt = `Cannot read ${what} "${path}"`;
  try {
    const realPath = await guardedPath(world, path, attempt);
    using file = await openRegular(world, realPath, attempt);
    const facts = await file.stat();
    return { text: decodeText(await readAll(file, attempt, maxBytes), attempt, keepsBom), facts, realPath };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw explainFile(cause, attempt);
  }
}

/**
 * Opens a regular file that is there, whose name is no link.
 *
 * @throws {FileError} if it is something else; errors of the system as they are
 */
export async function openRegular(world: World, path: string, attempt: string): Promise<Descriptor> {
  const file = await world.fs.openDescriptor(path);
  try {
    demandRegular(await file.stat(), attempt);
    return file;
  } catch (failure) {
    file[Symbol.dispose]();
    throw failure;
  }
}

/**
 * Gives a file or a folder this mode, and where we are root this owner.
 *
 * @param open opens it, so that the caller decides by which name and how guarded
 * @throws {FileError} if that cannot be done
 */
export async function setOwnerAndMode(
  world: World,
  open: () => Promise<Descriptor>,
  { attempt, mode, owner }: { readonly attempt: string; readonly mode: number; readonly owner?: Owner },
): Promise<void> {
  try {
    using opened = await open();
    if (owner !== undefined && world.userId() === 0) await giveTo(owner, opened);
    await opened.chmod(mode);
  } catch (cause) {
    throw explainFile(cause, attempt);
  }
}

/**
 * Where a name leads.
 *
 * @throws {FileError} for root, if a link on the way can be another user's
 * @throws {Deno.errors.NotFound} if it leads to nothing
 */
export async function guardedPath(world: World, path: string, attempt: string): Promise<string> {
  if (world.userId() === 0) await refuseForeignLinks(world, path, attempt);
  return await world.fs.realPath(path);
}

async function refuseForeignLinks(world: World, path: string, attempt: string): Promise<void> {
  const above = folderOf(path);
  if (above !== path && above !== "." && above !== "/") await refuseForeignLinks(world, above, attempt);
  const link = await world.fs.lstat(path);
  if (!link.isSymlink) return;
  const folder = await world.fs.stat(above);
  const mode = folder.mode ?? 0;
  const isOthers = folder.uid !== 0 || ((mode & WRITTEN_BY_OTHERS) !== 0 && !((mode & STICKY) !== 0 && link.uid === 0));
  if (!isOthers) return;
  throw new FileError(
    `${attempt}: "${path}" is a link in a folder where a user other than root may write, so root does not follow it; ` +
      "name the file itself, or run this as that user",
  );
}
