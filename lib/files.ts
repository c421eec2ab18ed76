/**
 * Files read whole under a cap, and written whole or not at all. Errors name the file and what to do.
 *
 * @module
 */

import type { Descriptor } from "./descriptor.ts";
import { isClosedPath, messageOf, RamAuthError } from "./errors.ts";
import { identityOf } from "./file_identity.ts";
import { printable } from "./quote.ts";
import type { World } from "./world.ts";

/** A file cannot be used. `missing` tells "not there" from "there, but broken". */
export class FileError extends RamAuthError {
  readonly code = "ERR_FILE";
  readonly missing: boolean;

  constructor(message: string, options: { cause?: unknown; missing?: boolean } = {}) {
    super(printable(message), { cause: options.cause });
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

/** How to read one by its name, wherever that leads. */
export interface NamedReadOptions extends ReadOptions {
  /** Refuses what is no regular file: who opens a FIFO may wait for ever. Default: it is read, as a shell's `<(…)` is. */
  readonly onlyRegular?: boolean;
}

/**
 * Reads a UTF-8 text file; a byte order mark is dropped, unless `keepsBom` says otherwise.
 *
 * @throws {FileError} if it is missing, unreadable, a directory, larger than the cap, or not UTF-8
 */
export async function readTextFile(
  world: World,
  path: string,
  { what, keepsBom = false, ...limits }: NamedReadOptions & { readonly keepsBom?: boolean },
): Promise<string> {
  const attempt = attemptToRead(what, path);
  return decodeText(await readCapped(world, path, attempt, limits), attempt, keepsBom);
}

/** Reads a file as {@linkcode readTextFile} does, and tells its bytes apart from others. */
export async function readTextAndHash(
  world: World,
  path: string,
  { what, ...limits }: NamedReadOptions,
): Promise<{ readonly text: () => string; readonly hash: string }> {
  const attempt = attemptToRead(what, path);
  const bytes = await readCapped(world, path, attempt, limits);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return { text: () => decodeText(bytes, attempt), hash };
}

function attemptToRead(what: string, path: string): string {
  return `Cannot read ${what} "${path}"`;
}

/**
 * The text of a file's bytes.
 *
 * @param attempt what is being done, for the error
 * @throws {FileError} if they are not UTF-8
 */
export function decodeText(bytes: Uint8Array, attempt: string, keepsBom = false): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: keepsBom }).decode(bytes);
  } catch (cause) {
    throw new FileError(`${attempt}: it is not UTF-8 text; save it as UTF-8`, { cause });
  }
}

async function readCapped(
  world: World,
  path: string,
  attempt: string,
  { maxBytes, onlyRegular = false }: Omit<NamedReadOptions, "what">,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (onlyRegular) demandRegular(await world.fs.stat(path), attempt);
    using file = await world.fs.open(path, { read: true });
    const info = await file.stat();
    if (info.isDirectory) throw new FileError(`${attempt}: it is a directory; name a file`);
    if (info.size > maxBytes) throw tooLarge(attempt, maxBytes);
    return await readAll(file, attempt, maxBytes);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotADirectory)) throw explainFile(cause, attempt);
    const why = "it does not exist, because what stands above it is no folder; check the path";
    throw new FileError(`${attempt}: ${why}`, { cause, missing: true });
  }
}

/** @throws {FileError} if it is a FIFO, a socket, a device or a directory */
export function demandRegular(
  { isFile, isDirectory }: Pick<Deno.FileInfo, "isFile" | "isDirectory">,
  attempt: string,
): void {
  if (isFile) return;
  throw new FileError(`${attempt}: it is ${isDirectory ? "a directory" : "no regular file"}; name a file`);
}

/**
 * The bytes of an open file.
 *
 * @param attempt what is being done, for the error
 * @throws {FileError} if there are more than `maxBytes`
 */
export async function readAll(
  file: Pick<Descriptor, "read">,
  attempt: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  while (length <= maxBytes) {
    const read = await file.read(buffer.subarray(length));
    if (read === null) return buffer.subarray(0, length);
    length += read;
  }
  throw tooLarge(attempt, maxBytes);
}

function tooLarge(attempt: string, maxBytes: number): FileError {
  return new FileError(`${attempt}: it is larger than ${maxBytes} bytes; make it smaller`);
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

/** Whose a file or folder is. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a file is to be like that is written. */
export interface WriteOptions {
  /** The file's role in an error, such as "the config file". */
  readonly what: string;
  readonly mode: number;
  /** Sets the mode even where the umask takes bits off: for files that others must read. */
  readonly exactMode?: boolean;
  /** Owner of the file, which then gets exactly this mode; without it, ours. */
  readonly owner?: Owner | undefined;
  /** Gives the draft a name that begins with a dot, for folders in which every other name is taken up at once. */
  readonly hidesDraft?: true;
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

async function writeAll(file: Descriptor, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

/**
 * Owner and mode are those of the open draft, before it gets its name. In the folder of another user, that user can put
 * something else in the draft's place, or another folder in its folder's: nothing is given away there, or renamed.
 */
async function replaceFile(
  world: World,
  path: string,
  { what, mode, exactMode = false, owner, hidesDraft }: WriteOptions,
  fill: (file: Descriptor) => Promise<void>,
): Promise<void> {
  const attempt = `Cannot write ${what} "${path}"`;
  const folder = folderOf(path);
  const draft = `${hidesDraft ? hiddenName(path) : path}.${crypto.randomUUID()}${DRAFT_END}`;
  try {
    const realFolder = await world.fs.realPath(folder);
    const demandInPlace = async (file: Descriptor) => {
      const isSame = identityOf(await world.fs.lstat(draft)) === (await file.stat()).identity;
      if (isSame && await world.fs.realPath(folder) === realFolder) return;
      throw new FileError(`${attempt}: another user moved its folder, or the new file in it, meanwhile; look who may`);
    };
    using file = await world.fs.openDescriptor(draft, { createMode: mode & 0o777 });
    try {
      await demandInPlace(file);
      if (owner !== undefined) await giveTo(owner, file);
      if (owner !== undefined || exactMode) await file.chmod(mode & 0o777);
      await fill(file);
      await file.sync();
      await demandInPlace(file);
      await world.fs.rename(draft, path);
    } catch (cause) {
      await world.fs.remove(draft).catch(() => {});
      throw cause;
    }
  } catch (cause) {
    throw explainFile(cause, attempt);
  }
  await syncFolder(world, folder);
}

/**
 * Gives an open file away, unless it is that owner's already.
 *
 * @throws {Deno.errors.PermissionDenied} if we are not root, and it would become another's
 */
export async function giveTo({ uid, gid }: Owner, file: Descriptor): Promise<void> {
  const now = await file.stat();
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid);
}

/** After a crash of the machine a name that was not flushed can be the old file's. Where a folder cannot, it is so. */
export async function syncFolder(world: World, folder: string): Promise<void> {
  try {
    using opened = await world.fs.openDescriptor(await world.fs.realPath(folder));
    await opened.sync();
  } catch {
    // The file is written and has its name: to call that a failure would be the lie.
  }
}

/** How the name of a file ends that is not written to its end. A random UUID stands before it. */
const DRAFT_END = ".tmp";

const DRAFT = /^(.+)\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp$/;

/** A name beside the file that is its own with a dot before it: its hidden drafts are drafts of that. */
export function hiddenName(path: string): string {
  const start = path.lastIndexOf("/") + 1;
  return `${path.slice(0, start)}.${path.slice(start)}`;
}

/** Which file a name is a draft of; `undefined` where it is none. */
export function draftedFile(name: string): string | undefined {
  return DRAFT.exec(name)?.[1];
}

/**
 * The drafts of a file: being written now, or left by processes that were killed.
 *
 * @throws {FileError} if the folder cannot be read
 */
export async function findDrafts(world: World, path: string): Promise<string[]> {
  const folder = folderOf(path);
  const name = nameOf(path);
  try {
    const entries = await Array.fromAsync(world.fs.readDir(folder));
    return entries.filter((entry) => draftedFile(entry.name) === name).map((entry) => `${folder}/${entry.name}`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw explainFile(cause, `Cannot look for drafts of "${path}"`);
  }
}

/**
 * Removes them. Only while nobody else can be writing the file.
 *
 * @throws {FileError} if one cannot be removed
 */
export async function removeDrafts(world: World, path: string): Promise<void> {
  for (const draft of await findDrafts(world, path)) {
    try {
      await world.fs.remove(draft);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) continue;
      throw explainFile(cause, `Cannot remove "${draft}", which a process left that was killed`);
    }
  }
}

/** The folder of a file, by its name alone. */
export function folderOf(path: string): string {
  const end = path.replace(/\/+$/, "").lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end).replace(/\/+$/, "") || "/";
}

/** The name of a file, without the folder that it is in. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What an operation on files threw, said so that a person can act on it; what says so already as it is. */
export function explainFile(cause: unknown, attempt: string): RamAuthError {
  if (cause instanceof RamAuthError) return cause;
  if (cause instanceof Deno.errors.NotFound) {
    return new FileError(`${attempt}: it does not exist; check the path`, { cause, missing: true });
  }
  if (
    cause instanceof Deno.errors.PermissionDenied || (cause instanceof Deno.errors.NotCapable && !isClosedPath(cause))
  ) {
    return new FileError(`${attempt}: permission denied; check its owner and mode`, { cause });
  }
  if (cause instanceof Deno.errors.IsADirectory) {
    return new FileError(`${attempt}: it is a directory; name a file`, { cause });
  }
  return new FileError(`${attempt}: ${messageOf(cause)}`, { cause });
}
