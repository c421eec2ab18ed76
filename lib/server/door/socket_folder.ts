/**
 * The folder of the sockets between a connection and its HTTP server. What passes them is no longer encrypted, so no other
 * user may come near: the folder is new, its owner's alone, and a socket has a name only until it is connected to.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../../errors.ts";
import { SOCKETS_PREFIX } from "../../state/state_files.ts";
import type { World } from "../../world.ts";

/** Longest path of a socket, in bytes (unix(7): 108, with the zero at the end). */
const MAX_PATH_BYTES = 107;

/** The longest name in the folder: a counter in base 36. */
const NAME_BYTES = 8;

/** After how long nobody uses a folder any more: a server connects to itself every few seconds. */
const LEFT_BEHIND_MS = 3_600_000;

/** There is no folder for sockets. */
export class SocketFolderError extends RamAuthError {
  readonly code = "ERR_SOCKET_FOLDER";
}

/** A folder for sockets; disposing removes it. */
export interface SocketFolder extends Disposable {
  /**
   * A path on which nothing is, in a folder that only this user can enter. Makes another folder where it is gone.
   *
   * @throws {SocketFolderError} if it cannot be made
   */
  newPath(): string;
}

/**
 * Makes a folder in the run-time folder that systemd made for us (`RUNTIME_DIRECTORY`), in the state folder, or in that
 * of temporary files: the first of them where it can be.
 *
 * All calls are synchronous: they take microseconds, where the runtime's threads for files may be held for seconds by
 * name resolution.
 *
 * @throws {SocketFolderError} if it cannot be made in any
 */
export function makeSocketFolder(
  world: Pick<World, "env">,
  stateDir: string,
  temporary: readonly string[] = [world.env("TMPDIR") ?? "", "/tmp"],
): SocketFolder {
  const parents = [world.env("RUNTIME_DIRECTORY")?.split(":")[0], stateDir, ...temporary]
    .filter((parent): parent is string => parent !== undefined && parent !== "");
  let folder = makeIn(parents);
  let count = 0;
  return {
    newPath() {
      if (!isOurs(folder)) folder = makeIn(parents);
      return `${folder.path}/${(count++).toString(36)}`;
    },
    [Symbol.dispose]() {
      try {
        Deno.removeSync(folder.path);
      } catch {
        // It is gone already.
      }
    },
  };
}

interface Made {
  readonly path: string;
  readonly inode: number | null;
}

function makeIn(parents: readonly string[]): Made {
  const problems: string[] = [];
  for (const parent of parents) {
    try {
      return makeFolder(parent);
    } catch (failure) {
      problems.push(`"${parent}": ${messageOf(failure)}`);
    }
  }
  throw new SocketFolderError(
    `Cannot make a folder for the server's own sockets in any of these: ${problems.join("; ")}. ` +
      "Let the server's user write in one of them",
  );
}

function makeFolder(parent: string): Made {
  const path = `${parent}/${SOCKETS_PREFIX}${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
  const bytes = new TextEncoder().encode(path).length + 1 + NAME_BYTES;
  if (bytes > MAX_PATH_BYTES) throw new RangeError(`a socket's path there has more than ${MAX_PATH_BYTES} bytes`);
  for (const { name, isDirectory } of Deno.readDirSync(parent)) {
    if (isDirectory && name.startsWith(SOCKETS_PREFIX)) removeLeftBehind(`${parent}/${name}`);
  }
  Deno.mkdirSync(path, { mode: 0o700 });
  return { path, inode: Deno.lstatSync(path).ino };
}

/** Whether the folder is still the one that was made. Another in its place might be another user's. */
function isOurs({ path, inode }: Made): boolean {
  try {
    return Deno.lstatSync(path).ino === inode;
  } catch {
    return false;
  }
}

function removeLeftBehind(path: string): void {
  try {
    const { mtime } = Deno.lstatSync(path);
    if (mtime !== null && Date.now() - mtime.getTime() > LEFT_BEHIND_MS) Deno.removeSync(path);
  } catch {
    // Not empty, gone, or another user's: none of our business.
  }
}
