/**
 * A file of settings on disk, edited as kubectl edits a kubeconfig: under a lock (kubectl's own, for a kubeconfig),
 * through a symbolic link to the file itself, and with its mode and owner kept.
 *
 * Source: k8s.io/client-go, `tools/clientcmd/loader.go`: the lock is a file `<path>.lock`, made where there is none.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { FileError, folderOf, type ReadOptions, removeDrafts, writeFileAtomic } from "../files.ts";
import { exists, makeFolder } from "../folders.ts";
import { type GuardedText, readGuarded } from "../guarded_file.ts";
import { delay } from "../time.ts";
import type { World } from "../world.ts";
import { YamlEditError } from "../yaml/splice.ts";

/** How long to wait for another writer: kubectl holds its lock for some milliseconds. */
const MAX_WAIT_MS = 2_000;

const RETRY_MS = 50;

/** The file that is edited. */
export interface EditedFile extends ReadOptions {
  readonly path: string;
  /** What to do where its folder cannot be made; without it, the file must be there. */
  readonly folderAdvice?: string;
  /** The mode that it gets, whatever it had; without it, it keeps its own. */
  readonly mode?: number;
}

/** A file's text, before and after an edit; nothing before where there was no file. */
export interface Edited {
  readonly before: string | undefined;
  readonly after: string;
}

/** A new text, and the file that it replaces; none where the file is new. */
interface Written {
  readonly text: string;
  readonly found: GuardedText | undefined;
}

/** Turns the text of a file into another one; `undefined` stands for a file that is not there. */
export type Edit = (before: string | undefined) => Promise<string>;

/**
 * What an edit would make of a file. Nothing is written.
 *
 * @throws {FileError} if it cannot be read, or the edit refuses its text
 */
export async function previewEdit(world: World, file: EditedFile, edit: Edit): Promise<Edited> {
  const found = await readIfThere(world, file);
  return { before: found?.text, after: await apply(file, edit, found?.text) };
}

async function apply({ path, what }: EditedFile, edit: Edit, before: string | undefined): Promise<string> {
  try {
    return await edit(before);
  } catch (cause) {
    if (!(cause instanceof YamlEditError)) throw cause;
    throw new FileError(`Cannot edit ${what} "${path}": ${cause.message}`, { cause });
  }
}

/**
 * Edits a file while no other program that takes the lock does. One that is not there is made, with its folder, for its
 * owner alone.
 *
 * @param options.maxWaitMs how long to wait for another writer, in milliseconds; 2 s by default
 * @throws {FileError} as {@linkcode previewEdit}, if the file cannot be written, if another program keeps the lock, or if
 * `signal` aborts before; the file is then as it was
 */
export async function editLocked(
  world: World,
  file: EditedFile,
  edit: Edit,
  { signal, maxWaitMs = MAX_WAIT_MS }: { readonly signal: AbortSignal; readonly maxWaitMs?: number },
): Promise<Edited> {
  const { path, folderAdvice } = file;
  if (folderAdvice !== undefined) await makeFolder(world, folderOf(path), { mode: 0o700, advice: folderAdvice });
  const lock = `${path}.lock`;
  await takeLock(world, { file, lock, signal, maxWaitMs });
  try {
    const found = await readIfThere(world, file);
    const after = await apply(file, edit, found?.text);
    await removeDrafts(world, found?.realPath ?? path);
    if (after !== found?.text) await write(world, file, { text: after, found });
    return { before: found?.text, after };
  } finally {
    await releaseLock(world, lock);
  }
}

/** A person may have removed it, for one that was left behind. */
async function releaseLock(world: World, lock: string): Promise<void> {
  try {
    await world.fs.remove(lock);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readIfThere(
  world: World,
  { path, what, maxBytes }: EditedFile,
): Promise<GuardedText | undefined> {
  const found = await readGuarded(world, path, { what, maxBytes, keepsBom: true });
  if (found === undefined && await exists(world, path)) {
    throw new FileError(`Cannot edit ${what} "${path}": it is a link to what is not there; make that file first`);
  }
  return found;
}

async function takeLock(
  world: World,
  { file: { path, what }, lock, signal, maxWaitMs }: {
    readonly file: EditedFile;
    readonly lock: string;
    readonly signal: AbortSignal;
    readonly maxWaitMs: number;
  },
): Promise<void> {
  for (let waitedMs = 0;; waitedMs += RETRY_MS) {
    const attempt = `Cannot lock ${what} "${path}"`;
    if (signal.aborted) throw new FileError(`${attempt}: interrupted; nothing was written`);
    try {
      (await world.fs.open(lock, { write: true, createNew: true, mode: 0o600 })).close();
      return;
    } catch (cause) {
      if (!(cause instanceof Deno.errors.AlreadyExists)) {
        throw new FileError(`${attempt}: ${messageOf(cause)}; check the owner and mode of its folder`, { cause });
      }
      if (waitedMs >= maxWaitMs) {
        throw new FileError(
          `${attempt}: another program holds "${lock}"; try again, and where none runs any more, remove that file`,
          { cause },
        );
      }
    }
    await delay(RETRY_MS, signal);
  }
}

/** The file stays whose it was, with the mode it had unless another is asked for; a link to it stays a link. */
async function write(world: World, { path, what, ...file }: EditedFile, { text, found }: Written): Promise<void> {
  if (found === undefined) return await writeFileAtomic(world, path, text, { mode: 0o600, what });
  const { facts: { uid, gid }, realPath } = found;
  const mode = file.mode ?? found.facts.mode;
  const owner = world.userId() === undefined ? undefined : { uid, gid };
  await writeFileAtomic(world, realPath, text, { mode, what, exactMode: true, owner });
}
