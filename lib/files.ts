/**
 * Files read whole under a cap, and written whole or not at all. Owns what can go wrong with a file and how that is
 * said; knows nothing of what is in them.
 *
 * @module
 */

import { messageOf, RamAuthError } from "./errors.ts";
import type { World } from "./world.ts";

/** A file cannot be used. `missing` tells "not there" from "there, but broken". */
export class FileError extends RamAuthError {
  readonly code = "ERR_FILE";
  readonly missing: boolean;

  constructor(message: string, options: { cause?: unknown; missing?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.missing = options.missing ?? false;
  }
}

/** How much is copied at a time, in bytes. */
const COPIED_BYTES = 1_048_576;

/** How to read a file: what it is called in errors, and how large it may be. */
export interface ReadOptions {
  /** The file's role in an error, such as "the config file". */
  readonly what: string;
  /** Largest size in bytes. */
  readonly maxBytes: number;
}

/**
 * Reads a UTF-8 text file; a byte order mark is dropped, unless `keepsBom` says otherwise.
 *
 * @throws {FileError} if it is missing, unreadable, a directory, larger than the cap, or not UTF-8
 */
export async function readTextFile(
  world: World,
  path: string,
  { what, maxBytes, keepsBom = false }: ReadOptions & { readonly keepsBom?: boolean },
): Promise<string> {
  const attempt = `Cannot read ${what} "${path}"`;
  const bytes = await readCapped(world, path, attempt, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: keepsBom }).decode(bytes);
  } catch (cause) {
    throw new FileError(`${attempt}: it is not UTF-8 text; save it as UTF-8`, { cause });
  }
}

async function readCapped(world: World, path: string, attempt: string, maxBytes: number): Promise<Uint8Array> {
  try {
    using file = await world.fs.open(path, { read: true });
    const info = await file.stat();
    if (info.isDirectory) throw new FileError(`${attempt}: it is a directory; name a file`);
    const buffer = new Uint8Array(maxBytes + 1);
    let length = 0;
    while (length <= maxBytes) {
      const read = await file.read(buffer.subarray(length));
      if (read === null) return buffer.subarray(0, length);
      length += read;
    }
    throw new FileError(`${attempt}: it is larger than ${maxBytes} bytes; make it smaller`);
  } catch (cause) {
    throw cause instanceof FileError ? cause : explain(cause, attempt);
  }
}

/** The same; `undefined` where there is no such file. */
export async function readTextFileIfThere(
  ...args: Parameters<typeof readTextFile>
): Promise<string | undefined> {
  try {
    return await readTextFile(...args);
  } catch (error) {
    if (error instanceof FileError && error.missing) return undefined;
    throw error;
  }
}

/** What a file is to be like that is written. */
export interface WriteOptions {
  /** The file's role in an error, such as "the config file". */
  readonly what: string;
  readonly mode: number;
  /**
   * Sets the mode even where the umask takes bits off: for files that others must read. Only in folders that nobody but
   * the caller can write, for the mode is set by name.
   */
  readonly exactMode?: boolean;
  /** Whose the file shall be, and with exactly this mode; without it, ours. */
  readonly owner?: { readonly uid: number | null; readonly gid: number | null };
}

/**
 * Writes a file whole or not at all: a new file beside it, flushed to the disk, takes its name.
 *
 * @throws {FileError} if the folder is missing or not writable; the old file is then as it was
 */
export async function writeFileAtomic(world: World, path: string, text: string, options: WriteOptions): Promise<void> {
  await replaceFile(world, path, options, (file) => writeAll(file, new TextEncoder().encode(text)));
}

/**
 * Copies a file of any size, whole or not at all.
 *
 * @throws {FileError} if it cannot be read, or the folder is missing or not writable; an old file is then as it was
 */
export async function copyFileAtomic(world: World, from: string, to: string, options: WriteOptions): Promise<void> {
  await replaceFile(world, to, options, async (file) => {
    using source = await world.fs.open(from, { read: true });
    const buffer = new Uint8Array(COPIED_BYTES);
    for (let read = await source.read(buffer); read !== null; read = await source.read(buffer)) {
      await writeAll(file, buffer.subarray(0, read));
    }
  });
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

async function replaceFile(
  world: World,
  path: string,
  { what, mode, exactMode = false, owner }: WriteOptions,
  fill: (file: Deno.FsFile) => Promise<void>,
): Promise<void> {
  const attempt = `Cannot write ${what} "${path}"`;
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    try {
      using file = await world.fs.open(draft, { write: true, createNew: true, mode });
      await fill(file);
      if (owner !== undefined) await giveTo(owner, { world, file, draft });
      if (owner !== undefined || exactMode) await world.fs.chmod(draft, mode);
      await file.sync();
      await world.fs.rename(draft, path);
    } catch (cause) {
      await world.fs.remove(draft).catch(() => {});
      throw cause;
    }
  } catch (cause) {
    throw explain(cause, attempt);
  }
}

async function giveTo(
  { uid, gid }: NonNullable<WriteOptions["owner"]>,
  { world, file, draft }: { readonly world: World; readonly file: Deno.FsFile; readonly draft: string },
): Promise<void> {
  const ours = await file.stat();
  if (ours.uid !== uid || ours.gid !== gid) await world.fs.chown(draft, uid, gid);
}

function explain(cause: unknown, attempt: string): FileError {
  if (cause instanceof Deno.errors.NotFound) {
    return new FileError(`${attempt}: it does not exist; check the path`, { cause, missing: true });
  }
  if (cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable) {
    return new FileError(`${attempt}: permission denied; check its owner and mode`, { cause });
  }
  if (cause instanceof Deno.errors.IsADirectory) {
    return new FileError(`${attempt}: it is a directory; name a file`, { cause });
  }
  return new FileError(`${attempt}: ${messageOf(cause)}`, { cause });
}
