/**
 * The original of a file, kept so that an undo brings it back byte for byte, also after a crash: as whole files that a
 * person can compare and copy, in a folder that root alone can write, because what it holds is put back as root.
 *
 * `<folder>/<path of the file>.original` is what was there before the first of our changes, `.absent` says that there was
 * nothing, `.applied` is what we wrote, and `.pending` is there until kube-apiserver was seen with it; it holds what we wrote
 * before that, where there was such a thing.
 *
 * @module
 */

import { explainFile, FileError, folderOf, writeFileAtomic } from "../../files.ts";
import { exists, makeFolder } from "../../folders.ts";
import { readGuarded, STICKY, WRITTEN_BY_OTHERS } from "../../guarded_file.ts";
import type { World } from "../../world.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { BACKUP_DIR } from "./places.ts";
import type { Swap } from "./target_file.ts";

/** Largest file that is kept. */
const MAX_BYTES = 1_048_576;

/** How the name ends of what we wrote. */
const APPLIED = ".applied";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** What is kept of one file. */
export interface Backup {
  /** What was there before the first of our changes, with `text: undefined` for nothing. */
  readonly original: { readonly text: string | undefined } | undefined;
  /** What we wrote last. */
  readonly applied: string | undefined;
  /** Whether kube-apiserver was not yet seen with what we wrote: the run that wrote it was killed. */
  readonly isPending: boolean;
  /** What of ours a change was to replace that was killed; it may have been killed before that. */
  readonly replaced: string | undefined;
  readonly appliedPath: string;
}

/**
 * Reads what is kept of a file.
 *
 * @throws {ApiserverError} if another user could have put it there
 * @throws {FileError} if it cannot be read
 */
export async function readBackup(world: World, folder: string, path: string): Promise<Backup> {
  if (await exists(world, folder)) await demandOwn(world, folder);
  const at = pathsOf(folder, path);
  const [original, applied] = [await read(world, at.original), await read(world, at.applied)];
  const isAbsent = await exists(world, at.absent);
  return {
    original: original === undefined && !isAbsent ? undefined : { text: isAbsent ? undefined : original },
    applied,
    isPending: await exists(world, at.pending),
    replaced: await read(world, at.pending) || undefined,
    appliedPath: at.applied,
  };
}

/**
 * Keeps what is needed to take a change back, before it is made. The original stays the one of before the first of our
 * changes, for as long as nobody else changes the file. What is kept never says less than before, whenever we are killed.
 *
 * @throws {ApiserverError} if another user could put something else there
 * @throws {FileError} if it cannot be kept
 */
export async function keepOriginal(world: World, folder: string, path: string, { from, to }: Swap): Promise<void> {
  const before = await readBackup(world, folder, path);
  const at = pathsOf(folder, path);
  await makeFolder(world, folder, { mode: FOLDER_MODE, advice: "run this as root, or give --backup-dir" });
  await demandOwn(world, folder);
  await makeFolder(world, folderOf(at.original), { mode: FOLDER_MODE });
  const isOurs = from !== undefined && [before.applied, before.replaced].includes(from);
  await write(world, at.pending, isOurs ? from : "");
  if (!isOurs) {
    if (from === undefined) {
      await write(world, at.absent, "");
      await remove(world, at.original);
    } else {
      await write(world, at.original, from);
      await remove(world, at.absent);
    }
  }
  await write(world, at.applied, to ?? "");
}

/** Notes that a change is under way that puts the original back. @throws {FileError} */
export async function notePending(world: World, folder: string, path: string): Promise<void> {
  const { pending } = pathsOf(folder, path);
  if (!await exists(world, pending)) await write(world, pending, "");
}

/** Notes that kube-apiserver was seen with what is in the file, or that nobody is to look. @throws {FileError} */
export async function noteSettled(world: World, folder: string, path: string): Promise<void> {
  await remove(world, pathsOf(folder, path).pending);
}

/**
 * Takes back what {@linkcode keepOriginal} noted, once the file is again what it was before.
 *
 * @throws {FileError}
 */
export async function noteRolledBack(world: World, folder: string, path: string, { from }: Swap): Promise<void> {
  const at = pathsOf(folder, path);
  if (from === undefined) {
    await remove(world, at.applied);
    await remove(world, at.absent);
  } else {
    await write(world, at.applied, from, "the file itself is as it was");
  }
  await remove(world, at.pending);
}

/** Where a person finds the original. */
export function originalPathOf(folder: string, path: string): string {
  return pathsOf(folder, path).original;
}

/** Every file that is known to be changed by `configure`, by what is kept of it in the usual folder. */
export async function backedUpFiles(world: World, root: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (folder: string) => {
    try {
      for await (const { name, isDirectory } of world.fs.readDir(`${root}${BACKUP_DIR}${folder}`)) {
        if (isDirectory) await visit(`${folder}/${name}`);
        else if (name.endsWith(APPLIED)) found.push(`${root}${folder}/${name.slice(0, -APPLIED.length)}`);
      }
    } catch (error) {
      // It is for root alone.
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  };
  await visit("");
  return found;
}

function pathsOf(folder: string, path: string): Record<"original" | "absent" | "applied" | "pending", string> {
  const base = `${folder}${path}`;
  return {
    original: `${base}.original`,
    absent: `${base}.absent`,
    applied: `${base}${APPLIED}`,
    pending: `${base}.pending`,
  };
}

/**
 * Demands that nobody but root, and who runs this, can put anything into the folder, or another one in its place.
 *
 * @throws {ApiserverError}
 */
async function demandOwn(world: World, folder: string): Promise<void> {
  const me = world.userId();
  if (me === undefined) return;
  const attempt = `Cannot use the backup folder "${folder}"`;
  const advice = "what it holds is put back as root; give another --backup-dir, or chown and chmod it";
  try {
    const realPath = await world.fs.realPath(folder);
    // Whose the machine is, also where the numbers of users are those of a namespace.
    const trusted = [0, me, (await world.fs.stat("/")).uid ?? 0];
    const parts = realPath.split("/");
    for (let length = 1; length <= parts.length; length += 1) {
      const path = parts.slice(0, length).join("/") || "/";
      using opened = await world.fs.openDescriptor(path);
      const { isDirectory, uid, mode } = await opened.stat();
      if (!isDirectory) throw new ApiserverError(`${attempt}: "${path}" is no folder; give another --backup-dir`);
      const isSticky = path !== realPath && (mode & STICKY) !== 0;
      if (!trusted.includes(uid) || ((mode & WRITTEN_BY_OTHERS) !== 0 && !isSticky)) {
        const what = path === realPath ? "in it" : `in "${path}" above it`;
        throw new ApiserverError(`${attempt}: another user may write ${what}, and ${advice}`);
      }
    }
  } catch (cause) {
    throw explainFile(cause, attempt);
  }
}

async function read(world: World, path: string): Promise<string | undefined> {
  return (await readGuarded(world, path, { what: "the backup", maxBytes: MAX_BYTES, keepsBom: true }))?.text;
}

const NOTHING_YET = "make room there, or give --backup-dir: nothing was changed";

async function write(world: World, path: string, text: string, advice = NOTHING_YET): Promise<void> {
  try {
    await writeFileAtomic(world, path, text, { what: "the backup", mode: FILE_MODE });
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new FileError(`${cause.message}; ${advice}`, { cause });
  }
}

async function remove(world: World, path: string): Promise<void> {
  try {
    await world.fs.remove(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw explainFile(cause, `Cannot remove "${path}"`);
  }
}
