/**
 * Files by descriptor: owner and mode of the file that is open, whatever stands under its name by now. `Deno.FsFile` has
 * neither, so this goes through `node:fs`; only {@linkcode World} loads it, when it is first used, because that costs
 * a start more than all of `ram-auth token` does.
 *
 * @module
 */

import { closeSync, constants, fchmod, fchown, fstat, fsync, open, read, type Stats, write } from "node:fs";
import { identityOf } from "./file_identity.ts";

/** What a file is, and whose. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly size: number;
  /** Permission bits alone, with the three above them: set user id, set group id, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** As `identityOf` gives it. */
  readonly identity: string;
}

/** An open file or folder. Every call is about what was opened, not about what has its name now. */
export interface Descriptor extends Disposable {
  stat(): Promise<FileFacts>;
  /** Reads into the buffer; `null` at the end of the file. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  /** Flushes it to the disk. */
  sync(): Promise<void>;
}

/** How to open a file. */
export interface DescriptorOptions {
  /** Makes the file, with this mode less the umask, and opens it to write; without it, one that is there is read. */
  readonly createMode?: number;
  /** With `createMode`: a file that is there is taken too, and what is written goes to its end. */
  readonly append?: true;
}

/**
 * Opens a file or a folder without following a link in its last part and without waiting for the other end of a FIFO:
 * look by {@linkcode Descriptor.stat} what it is.
 *
 * Deno resolves links before it opens (observed with 2.9.6), so that `O_NOFOLLOW` alone is not enough: what was opened
 * must also be what had the name a moment before.
 *
 * @throws {Deno.errors.FilesystemLoop} if a link has that name, or something else has it than a moment ago
 * @throws {Deno.errors.AlreadyExists} if the file is to be made and the name is taken
 * @throws {Deno.errors.NotFound} {Deno.errors.PermissionDenied} and so on, as `Deno.open`
 */
export async function openDescriptor(
  path: string,
  { createMode, append }: DescriptorOptions = {},
): Promise<Descriptor> {
  const name = createMode === undefined ? await Deno.lstat(path) : append ? await lstatIfThere(path) : undefined;
  if (name?.isSymlink) throw new Deno.errors.FilesystemLoop(`it is a link, open '${path}'`);
  const always = constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const [flags, mode] = createMode === undefined
    ? [constants.O_RDONLY, 0]
    : [constants.O_WRONLY | constants.O_CREAT | (append ? constants.O_APPEND : constants.O_EXCL), createMode];
  const fd = await settled<number>((done) => open(path, flags | always, mode, done));
  const opened = new OpenFile(fd);
  if (name === undefined || identityOf(name) === (await opened.stat()).identity) return opened;
  opened[Symbol.dispose]();
  throw new Deno.errors.FilesystemLoop(`something else was put in its place, open '${path}'`);
}

async function lstatIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

class OpenFile implements Descriptor {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async stat(): Promise<FileFacts> {
    const stats: Stats = await settled((done) => fstat(this.#fd, done));
    return {
      isFile: stats.isFile(),
      isDirectory: stats.isDirectory(),
      size: stats.size,
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      identity: identityOf(stats),
    };
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const length = await settled<number>((done) => read(this.#fd, buffer, 0, buffer.length, null, done));
    return length === 0 ? null : length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    return await settled((done) => write(this.#fd, bytes, 0, bytes.length, null, done));
  }

  async chmod(mode: number): Promise<void> {
    // Windows has no such bits; what may be done with a file follows from its folder there.
    if (Deno.build.os !== "windows") await settled<void>((done) => fchmod(this.#fd, mode, done));
  }

  async chown(uid: number, gid: number): Promise<void> {
    await settled<void>((done) => fchown(this.#fd, uid, gid, done));
  }

  async sync(): Promise<void> {
    await settled<void>((done) => fsync(this.#fd, done));
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** The errors of Deno by the codes of Node, so that callers know one kind. */
const ERRORS = {
  EACCES: Deno.errors.PermissionDenied,
  EEXIST: Deno.errors.AlreadyExists,
  EISDIR: Deno.errors.IsADirectory,
  ELOOP: Deno.errors.FilesystemLoop,
  ENOENT: Deno.errors.NotFound,
  ENOTDIR: Deno.errors.NotADirectory,
  EPERM: Deno.errors.PermissionDenied,
} as const;

async function settled<T>(start: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  try {
    return await new Promise<T>((resolve, reject) => {
      start((error, value) => error === null || error === undefined ? resolve(value) : reject(error));
    });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (!Object.hasOwn(ERRORS, code)) throw cause;
    const { message } = cause as Error;
    throw new ERRORS[code as keyof typeof ERRORS](message.replace(/^[A-Z]+: /, ""), { cause });
  }
}
