/**
 * What in a state folder has the wrong owner or mode, and what processes that were killed left there: found without
 * writing, so that a dry run can tell, and mended.
 *
 * @module
 */

import type { FileFacts } from "../descriptor.ts";
import { draftedFile, explainFile } from "../files.ts";
import { guardedPath, openRegular, setOwnerAndMode, WRITTEN_BY_ALL } from "../guarded_file.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";
import {
  type FileReport,
  LEFT_BEHIND,
  START_OVER,
  STATE_FILES,
  STATE_FOLDER_MODE,
  STATE_NAMES,
  statePath,
} from "./state_files.ts";
import { closeFolder, type StateFolder } from "./state_folder.ts";

/** One thing to mend, as it is reported. */
export interface Repair extends FileReport {
  /** Mends it; nothing where that is the clearing of a draft, which needs the lock. */
  mend(): Promise<void>;
}

/**
 * Finds what is to be mended.
 *
 * @param state.isPair whether another program made the folder, and may still use it: it is closed only where everybody
 * could write in it
 * @throws {StateError} if a file was made by somebody else while everybody could write in the folder: who made a key
 * knows it
 */
export async function findRepairs(
  world: World,
  { stateDir, folder, isPair }: { readonly stateDir: string; readonly folder: StateFolder; readonly isPair: boolean },
): Promise<Repair[]> {
  const repairs: Repair[] = [];
  if (folder.isOpen && (folder.isWritten || !isPair)) {
    const what = "the state folder, which others could open";
    const mend = () => closeFolder(world, folder);
    repairs.push({ path: stateDir, what, mode: STATE_FOLDER_MODE, status: "mended", mend });
  }
  for (const file of Object.values(STATE_FILES)) {
    const path = statePath(stateDir, file);
    const facts = await factsOf(world, path, file.what);
    if (facts === undefined) continue;
    refuseStranger(world, { path, what: file.what, folder, uid: facts.uid });
    if (!isWrong(world, facts, folder)) continue;
    const mend = () => mendFile(world, path, { what: file.what, mode: file.mode, folder });
    repairs.push({ path, what: file.what, mode: file.mode, status: "mended", mend });
  }
  for await (const { name } of world.fs.readDir(folder.path)) {
    if (!STATE_NAMES.has(draftedFile(name) ?? "")) continue;
    repairs.push({ path: `${stateDir}/${name}`, what: LEFT_BEHIND, mode: 0o600, status: "removed", mend: nothing });
  }
  return repairs;
}

/** The reports of the files, and of what was mended beside them. */
export function withRepairs(files: readonly FileReport[], repairs: readonly Repair[]): FileReport[] {
  const mended = new Set(repairs.map(({ path }) => path));
  const paths = new Set(files.map(({ path }) => path));
  return [
    ...repairs.filter(({ path }) => !paths.has(path)).map(({ mend: _, ...report }) => report),
    ...files.map((file) =>
      file.status === "kept" && mended.has(file.path) ? { ...file, status: "mended" as const } : file
    ),
  ];
}

const nothing = (): Promise<void> => Promise.resolve();

/** A file that root left in the folder of the service, or that everybody can write. */
function isWrong(world: World, { uid, mode }: FileFacts, { owner, isWritten }: StateFolder): boolean {
  const me = world.userId();
  const isForeign = me === 0 && uid !== owner.uid && (owner.uid !== 0 || isWritten);
  return isForeign || ((mode & WRITTEN_BY_ALL) !== 0 && (me === 0 || me === uid));
}

function refuseStranger(
  world: World,
  { path, what, folder, uid }: {
    readonly path: string;
    readonly what: string;
    readonly folder: StateFolder;
    readonly uid: number;
  },
): void {
  if (!folder.isWritten || [0, world.userId(), folder.owner.uid].includes(uid)) return;
  throw new StateError(
    `Cannot use ${what} "${path}": user ${uid} made it, while everybody could write in the folder, and knows what is ` +
      `in it; ${START_OVER}`,
  );
}

async function factsOf(world: World, path: string, what: string): Promise<FileFacts | undefined> {
  const attempt = `Cannot read ${what} "${path}"`;
  try {
    using file = await openRegular(world, await guardedPath(world, path, attempt), attempt);
    return await file.stat();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw explainFile(cause, attempt);
  }
}

async function mendFile(
  world: World,
  path: string,
  { what, mode, folder }: { readonly what: string; readonly mode: number; readonly folder: StateFolder },
): Promise<void> {
  const attempt = `Cannot correct the owner and mode of ${what} "${path}"`;
  const open = async () => await openRegular(world, await guardedPath(world, path, attempt), attempt);
  await setOwnerAndMode(world, open, { attempt, mode, owner: folder.owner });
}
