/**
 * A kubeconfig on disk, read and written back as kubectl does it: under kubectl's own lock, through a symbolic link to
 * the file itself, and with its mode and owner kept.
 *
 * Source: k8s.io/client-go, `tools/clientcmd/loader.go`: the lock is a file `<path>.lock`, made where there is none.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../../errors.ts";
import { folderOf, removeDrafts, writeFileAtomic } from "../../files.ts";
import { exists, makeFolder } from "../../folders.ts";
import { type GuardedText, readGuarded } from "../../guarded_file.ts";
import { delay } from "../../time.ts";
import type { World } from "../../world.ts";
import { YamlEditError } from "../../yaml/splice.ts";

const WHAT = "the kubeconfig";

/** Largest kubeconfig. One of a hundred clusters has about 600 KB. */
const MAX_BYTES = 4_194_304;

/** How long to wait for another writer: kubectl holds its lock for some milliseconds. */
const MAX_WAIT_MS = 2_000;

const RETRY_MS = 50;

/** The kubeconfig cannot be edited. */
export class KubeconfigError extends RamAuthError {
  readonly code = "ERR_KUBECONFIG";
}

/** A kubeconfig's text, before and after an edit; nothing before where there was no file. */
export interface Edited {
  readonly before: string | undefined;
  readonly after: string;
}

/** A new text, and the file that it replaces; none where the file is new. */
interface Written {
  readonly text: string;
  readonly found: GuardedText | undefined;
}

/** Turns the text of a kubeconfig into another one; `undefined` stands for a file that is not there. */
export type Edit = (before: string | undefined) => Promise<string>;

/**
 * What an edit would make of a kubeconfig. Nothing is written.
 *
 * @throws {KubeconfigError} if the edit refuses the text; {FileError} if it cannot be read
 */
export async function previewEdit(world: World, path: string, edit: Edit): Promise<Edited> {
  const found = await readIfThere(world, path);
  return { before: found?.text, after: await apply(path, edit, found?.text) };
}

async function apply(path: string, edit: Edit, before: string | undefined): Promise<string> {
  try {
    return await edit(before);
  } catch (cause) {
    if (!(cause instanceof YamlEditError)) throw cause;
    throw new KubeconfigError(`Cannot edit ${WHAT} "${path}": ${cause.message}`, { cause });
  }
}

/**
 * Edits a kubeconfig while no kubectl does. A file that is not there is made, with its folder, for its owner alone.
 *
 * @param options.maxWaitMs how long to wait for another writer, in milliseconds; 2 s by default
 * @throws {KubeconfigError} as {@linkcode previewEdit}, if another program keeps the lock, or if `signal` aborts before
 * {FileError} if the file cannot be read or written; it is then as it was
 */
export async function editKubeconfig(
  world: World,
  path: string,
  edit: Edit,
  { signal, maxWaitMs = MAX_WAIT_MS }: { readonly signal: AbortSignal; readonly maxWaitMs?: number },
): Promise<Edited> {
  await makeFolder(world, folderOf(path), { mode: 0o700, advice: "make it, or name another file by --kubeconfig" });
  const lock = `${path}.lock`;
  await takeLock(world, { path, lock, signal, maxWaitMs });
  try {
    const found = await readIfThere(world, path);
    const after = await apply(path, edit, found?.text);
    await removeDrafts(world, found?.realPath ?? path);
    if (after !== found?.text) await write(world, path, { text: after, found });
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

async function readIfThere(world: World, path: string): Promise<GuardedText | undefined> {
  const found = await readGuarded(world, path, { what: WHAT, maxBytes: MAX_BYTES, keepsBom: true });
  if (found === undefined && await exists(world, path)) {
    throw new KubeconfigError(`Cannot edit ${WHAT} "${path}": it is a link to what is not there; make that file first`);
  }
  return found;
}

async function takeLock(
  world: World,
  { path, lock, signal, maxWaitMs }: {
    readonly path: string;
    readonly lock: string;
    readonly signal: AbortSignal;
    readonly maxWaitMs: number;
  },
): Promise<void> {
  for (let waitedMs = 0;; waitedMs += RETRY_MS) {
    const attempt = `Cannot lock ${WHAT} "${path}"`;
    if (signal.aborted) throw new KubeconfigError(`${attempt}: interrupted; nothing was written`);
    try {
      (await world.fs.open(lock, { write: true, createNew: true, mode: 0o600 })).close();
      return;
    } catch (cause) {
      if (!(cause instanceof Deno.errors.AlreadyExists)) {
        throw new KubeconfigError(`${attempt}: ${messageOf(cause)}; check the owner and mode of its folder`, { cause });
      }
      if (waitedMs >= maxWaitMs) {
        throw new KubeconfigError(
          `${attempt}: another program holds "${lock}"; try again, and where none runs any more, remove that file`,
          { cause },
        );
      }
    }
    await delay(RETRY_MS, signal);
  }
}

/** The file stays whose it was, with the mode it had; a link to it stays a link. */
async function write(world: World, path: string, { text, found }: Written): Promise<void> {
  if (found === undefined) return await writeFileAtomic(world, path, text, { mode: 0o600, what: WHAT });
  const { facts: { mode, uid, gid }, realPath } = found;
  const owner = world.userId() === undefined ? undefined : { uid, gid };
  await writeFileAtomic(world, realPath, text, { mode, what: WHAT, exactMode: true, owner });
}
