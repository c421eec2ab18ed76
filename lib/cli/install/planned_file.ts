/**
 * One file that a command puts in place: what is to become of it, decided before anything is written, so that a dry run
 * and a real one cannot differ.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Descriptor } from "../../descriptor.ts";
import { copyFileAtomic, FileError, folderOf, writeFileAtomic } from "../../files.ts";
import { makeFolder } from "../../folders.ts";
import { guardedPath, openRegular, readGuarded } from "../../guarded_file.ts";
import type { World } from "../../world.ts";
import type { Place } from "./node_files.ts";

/** Largest text that is compared: 8 MiB, as for a config file. */
const MAX_TEXT_BYTES = 8 * 1_048_576;

/** How much of two programs is compared at a time, in bytes. */
const COMPARED_BYTES = 1_048_576;

/**
 * What becomes of a file: it is new, it is replaced, its owner or its mode was wrong, it is as it should be, or it is
 * somebody else's: not as we write it, and so left alone.
 */
export type Fate = "written" | "renewed" | "mended" | "kept" | "differs";

/** A file and what is to become of it. */
export interface PlannedFile extends Place {
  readonly fate: Fate;
  /** The text now and as we write it, where they differ and can be shown. */
  readonly change?: { readonly before: string; readonly after: string };
  /** Makes the change; nothing where there is none. */
  make(): Promise<void>;
}

/** A text to put in place. */
export interface PlannedText extends Place {
  readonly text: string;
  /** Whether a text that differs is one of ours all the same, to be replaced. Default: none is. */
  readonly isOurs?: (before: string) => boolean;
}

/**
 * Plans a text. A file that is there and differs stays as it is, unless it is ours.
 *
 * @throws {FileError} if what is there cannot be read
 */
export async function planText(
  world: World,
  { text, isOurs = () => false, ...place }: PlannedText,
): Promise<PlannedFile> {
  const before = await textAt(world, place);
  if (before === text) return { ...place, fate: "kept", make: nothing };
  const change = { before: before ?? "", after: text };
  if (before !== undefined && !isOurs(before)) return { ...place, fate: "differs", change, make: nothing };
  const make = async () => {
    // What a run writes before this one may take a while.
    if (await textAt(world, place) !== before) {
      throw new FileError(
        `Cannot write ${place.what} "${place.path}": somebody else has just changed it; run this again`,
      );
    }
    await makeFolder(world, folderOf(place.path));
    await writeFileAtomic(world, place.path, text, { ...place, exactMode: true });
  };
  return { ...place, fate: before === undefined ? "written" : "renewed", change, make };
}

/**
 * Plans a copy of the program. One that differs is replaced: a program is nothing that people edit.
 *
 * @throws {FileError} if one of the two cannot be read
 */
export async function planProgram(world: World, from: string, place: Place): Promise<PlannedFile> {
  const fate = await isCopy(world, from, place);
  if (fate === "kept") return { ...place, fate, make: nothing };
  const make = async () => {
    await makeFolder(world, folderOf(place.path));
    await copyFileAtomic(world, from, place.path, { ...place, exactMode: true });
  };
  return { ...place, fate, make };
}

/** The text of a file; `undefined` where there is none. */
export async function textAt(world: World, { path, what }: Pick<Place, "path" | "what">): Promise<string | undefined> {
  return (await readGuarded(world, path, { what, maxBytes: MAX_TEXT_BYTES }))?.text;
}

const nothing = (): Promise<void> => Promise.resolve();

async function isCopy(world: World, from: string, { path, what }: Place): Promise<"written" | "renewed" | "kept"> {
  if (from === path) return "kept";
  const attempt = `Cannot read ${what} "${path}"`;
  try {
    using copy = await openRegular(world, await guardedPath(world, path, attempt), attempt);
    using source = await world.fs.openDescriptor(await world.fs.realPath(from));
    return await isSame(copy, source) ? "kept" : "renewed";
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return "written";
    if (cause instanceof FileError) throw cause;
    throw new FileError(`Cannot read ${what} "${path}": ${messageOf(cause)}; check what is there`, { cause });
  }
}

async function isSame(a: Descriptor, b: Descriptor): Promise<boolean> {
  if ((await a.stat()).size !== (await b.stat()).size) return false;
  const [ours, theirs] = [new Uint8Array(COMPARED_BYTES), new Uint8Array(COMPARED_BYTES)];
  for (;;) {
    const [read, other] = [await fill(a, ours), await fill(b, theirs)];
    if (read !== other) return false;
    if (read === 0) return true;
    for (let i = 0; i < read; i += 1) if (ours[i] !== theirs[i]) return false;
  }
}

/** Fills the buffer as far as the file goes; a read may return less. */
async function fill(file: Descriptor, buffer: Uint8Array): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const read = await file.read(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  return length;
}
