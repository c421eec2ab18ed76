/**
 * A file that lines are added to for as long as a server runs, while others rotate it.
 *
 * @module
 */

import type { Descriptor } from "../descriptor.ts";
import { explainFile, FileError } from "../files.ts";
import type { World } from "../world.ts";

/** Such a file; to dispose of it closes it. */
export interface AppendedFile extends Disposable {
  /**
   * Adds some of the bytes, and returns how many. The file is made where there is none.
   *
   * @throws {FileError} if it cannot be opened or written; the next call opens it again
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Has the next line go to the file that has the name by then. */
  reopen(): void;
  /** Why the last write failed; `undefined` where it did not. */
  readonly failure: string | undefined;
}

/** What to tell, and to whom. */
export interface AppendOptions {
  /** What the file is called in errors. */
  readonly what: string;
  /** Called for the first failure of a row, and where the reason is another. */
  readonly onFailure: (why: string) => void;
  /** Called for the first success after a failure. */
  readonly onSuccess: () => void;
}

const LINE_FEED = 0x0a;

/** Opens it at the first write: for its owner alone where it is new, and only if it is a regular file. */
export function appendTo(
  { fs }: Pick<World, "fs">,
  path: string,
  { what, onFailure, onSuccess }: AppendOptions,
): AppendedFile {
  const attempt = `Cannot write ${what} "${path}"`;
  let file: Descriptor | undefined;
  let isStale = false;
  let isWithinLine = false;
  let failure: string | undefined;

  const close = () => {
    file?.[Symbol.dispose]();
    file = undefined;
  };
  const open = async () => {
    const opened = await fs.openDescriptor(path, { createMode: 0o600, append: true });
    if ((await opened.stat()).isFile) return opened;
    opened[Symbol.dispose]();
    throw new FileError(`${attempt}: it is not a regular file; name another one`);
  };
  return {
    async write(bytes) {
      try {
        if (isStale && !isWithinLine) {
          close();
          isStale = false;
        }
        file ??= await open();
        const written = await file.write(bytes);
        isWithinLine = bytes[written - 1] !== LINE_FEED;
        if (failure !== undefined) onSuccess();
        failure = undefined;
        return written;
      } catch (cause) {
        close();
        const error = explainFile(cause, attempt);
        if (error.message !== failure) onFailure(error.message);
        failure = error.message;
        throw error;
      }
    },
    reopen: () => void (isStale = true),
    get failure() {
      return failure;
    },
    [Symbol.dispose]: close,
  };
}
