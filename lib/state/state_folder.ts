/**
 * Who may write in a state folder, and to whom its files belong: to the folder's owner, whoever makes them. systemd gives
 * the folder to the service with what is in it, once; what root makes there later would be closed to the service.
 *
 * @module
 */

import { draftedFile, explainFile, type Owner } from "../files.ts";
import { guardedPath, setOwnerAndMode, WRITTEN_BY_ALL } from "../guarded_file.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";
import { LOCK_NAME, SOCKETS_PREFIX, STATE_FOLDER_MODE, STATE_NAMES } from "./state_files.ts";

/** Permission bits of everybody who is neither the owner nor in the group. */
const OTHERS = 0o007;

/** A state folder that is there and can be used. */
export interface StateFolder {
  /** Where it is, without links. */
  readonly path: string;
  readonly owner: Owner;
  /** To whom to give what is made in it; `undefined` where that is who makes it. */
  readonly heir: Owner | undefined;
  /** Whether others than its owner and its group can get in, and {@linkcode closeFolder} is to end that. */
  readonly isOpen: boolean;
  /** Whether everybody could write in it until now. */
  readonly isWritten: boolean;
}

/**
 * Looks at a state folder; `undefined` where there is none, or where the system numbers no users.
 *
 * A folder that holds other files too, such as the current one, is left as it is. A group may have access, as in pods with
 * an `fsGroup`.
 *
 * @throws {StateError} if somebody else could replace the keys in it and we cannot end that, with what to do
 * @throws {FileError} for root, if a link on the way is another user's
 */
export async function findStateFolder(world: World, stateDir: string): Promise<StateFolder | undefined> {
  const attempt = `Cannot use the state folder "${stateDir}"`;
  const me = world.userId();
  if (me === undefined) return undefined;
  const found = await factsOf(world, stateDir, attempt);
  if (found === undefined) return undefined;
  const { path, mode, owner } = found;
  if (me !== 0 && owner.uid !== me && owner.uid !== 0) {
    throw new StateError(
      `${attempt}: it belongs to user ${owner.uid}, who can put other keys there; as root, run: chown -R ${me} ${stateDir}`,
    );
  }
  const isWritten = (mode & WRITTEN_BY_ALL) !== 0;
  const isOurs = me === 0 || owner.uid === me;
  const isOpen = (mode & OTHERS) !== 0 && isOurs && await holdsStateAlone(world, path);
  if (isWritten && !isOpen) {
    const advice = isOurs
      ? "and it holds other files too, so give the state a folder of its own by --state-dir"
      : `as root, run: chmod 700 ${stateDir}`;
    throw new StateError(`${attempt}: every user of this machine can write there; ${advice}`);
  }
  return { path, owner, heir: me === 0 && owner.uid !== 0 ? owner : undefined, isOpen, isWritten };
}

/**
 * Takes every right on a folder from all but its owner.
 *
 * @throws {FileError} if that cannot be done
 */
export async function closeFolder(world: World, { path }: StateFolder): Promise<void> {
  await setOwnerAndMode(world, () => world.fs.openDescriptor(path), {
    attempt: `Cannot close the state folder "${path}" to others`,
    mode: STATE_FOLDER_MODE,
  });
}

async function factsOf(
  world: World,
  stateDir: string,
  attempt: string,
): Promise<{ readonly path: string; readonly mode: number; readonly owner: Owner } | undefined> {
  try {
    const path = await guardedPath(world, stateDir, attempt);
    const { mode, uid, gid, isDirectory } = await world.fs.stat(path);
    if (!isDirectory) throw new StateError(`${attempt}: it is a file; name a folder by --state-dir`);
    return { path, mode: mode ?? 0, owner: { uid: uid ?? 0, gid: gid ?? 0 } };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw explainFile(cause, attempt);
  }
}

async function holdsStateAlone(world: World, path: string): Promise<boolean> {
  for await (const { name } of world.fs.readDir(path)) {
    const isOurs = STATE_NAMES.has(draftedFile(name) ?? name) || name === LOCK_NAME || name.startsWith(SOCKETS_PREFIX);
    if (!isOurs) return false;
  }
  return true;
}
