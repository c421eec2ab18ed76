/**
 * Folders that are made when they are needed, and whether a name is taken.
 *
 * @module
 */

import { messageOf } from "./errors.ts";
import { FileError, folderOf } from "./files.ts";
import type { World } from "./world.ts";

/** Mode of a folder that everybody may read. */
const OPEN_MODE = 0o755;

/** What a folder is to be like that is made. */
export interface FolderOptions {
  /** Default: everybody may read it. */
  readonly mode?: number;
  /** What to do where it cannot be made, for the error. */
  readonly advice?: string;
}

/**
 * Makes a folder, with exactly this mode, and those above it, for everybody to read; whatever the umask. What is there
 * already stays as it is.
 *
 * @throws {FileError} if that cannot be done
 */
export async function makeFolder(
  world: World,
  folder: string,
  { mode = OPEN_MODE, advice = "check what stands above it" }: FolderOptions = {},
): Promise<void> {
  const attempt = `Cannot make the folder "${folder}"`;
  try {
    if (await isFolder(world, folder)) return;
    const above = folderOf(folder);
    if (above !== folder) await makeFolder(world, above, { advice });
    await world.fs.mkdir(folder, { mode });
    await setMode(world, folder, mode);
  } catch (cause) {
    // Another process made it in between.
    if (cause instanceof Deno.errors.AlreadyExists) return;
    throw cause instanceof FileError ? cause : new FileError(`${attempt}: ${messageOf(cause)}; ${advice}`, { cause });
  }
}

async function isFolder(world: World, path: string): Promise<boolean> {
  try {
    if ((await world.fs.stat(path)).isDirectory) return true;
    throw new Deno.errors.NotADirectory("a file has that name");
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  }
}

async function setMode(world: World, folder: string, mode: number): Promise<void> {
  // Windows opens no folder as a file, and has no such modes.
  if (world.userId() === undefined) return;
  using opened = await world.fs.openDescriptor(folder);
  await opened.chmod(mode);
}

/** Whether something has that name. A link counts, wherever it leads; so does what cannot be looked at. */
export async function exists(world: World, path: string): Promise<boolean> {
  try {
    await world.fs.lstat(path);
    return true;
  } catch (cause) {
    return !(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory);
  }
}
