/**
 * Reads a unit of systemd with its drop-ins and the files of its environment.
 *
 * @module
 */

import { FileError, nameOf, readTextFileIfThere } from "../../files.ts";
import type { World } from "../../world.ts";
import type { UnitTexts } from "./change.ts";
import { dropInFolders } from "./places.ts";
import { environmentFilesOf } from "./plan.ts";

const MAX_BYTES = 1_048_576;

/** Most files of a folder that are read. */
const MAX_FILES = 1_000;

/**
 * Reads it; `undefined` where there is none.
 *
 * @throws {FileError} if one of the files is there and cannot be read
 */
export async function readUnitTexts(world: World, path: string): Promise<UnitTexts | undefined> {
  const text = await read(world, path);
  if (text === undefined) return undefined;
  const byName = new Map<string, string>();
  for (const folder of dropInFolders(path)) {
    for (const file of await namesIn(world, folder, [".conf"])) {
      if (!byName.has(nameOf(file))) byName.set(nameOf(file), file);
    }
  }
  // Drop-ins count by their names, wherever they are.
  const files = [...byName].sort(([a], [b]) => a < b ? -1 : 1).map(([, file]) => file);
  const dropIns = await textsOf(world, files);
  const environment = await textsOf(world, environmentFilesOf([text, ...dropIns.values()]));
  return { path, text, dropIns, environment };
}

/**
 * The files of a folder whose names end so, in order; none where there is no such folder.
 *
 * @throws {FileError} if it cannot be read
 */
export async function namesIn(world: World, folder: string, ends: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  try {
    for await (const { name } of world.fs.readDir(folder)) {
      if (ends.some((end) => name.endsWith(end)) && !name.startsWith(".")) paths.push(`${folder}/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  if (paths.length > MAX_FILES) {
    throw new FileError(`Cannot read what is in "${folder}": there are more than ${MAX_FILES} files; take some out`);
  }
  return paths.sort();
}

/**
 * Those of the files that are there, with their texts.
 *
 * @throws {FileError} if one is there and cannot be read
 */
export async function textsOf(world: World, paths: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const text = await read(world, path);
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

async function read(world: World, path: string): Promise<string | undefined> {
  return await readTextFileIfThere(world, path, { what: "the file", maxBytes: MAX_BYTES });
}
