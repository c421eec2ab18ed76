/**
 * Units of systemd read with their drop-ins: what a service is started with, and its limits.
 *
 * @module
 */

import { folderOf, readTextFileIfThere } from "../../files.ts";
import type { World } from "../../world.ts";
import type { UnitTexts } from "../apiserver/change.ts";

const MAX_BYTES = 1_048_576;

/** Most drop-ins of a unit that are read. */
const MAX_DROP_INS = 100;

/** Where an administrator's drop-ins of any unit are. */
const SYSTEM_FOLDER = "/etc/systemd/system";

/**
 * Reads a unit; `undefined` where there is none. The files of its environment are left out.
 *
 * @throws {FileError} if it, or one of its drop-ins, cannot be read
 */
export async function readUnitTexts(world: World, path: string): Promise<UnitTexts | undefined> {
  const text = await read(world, path);
  return text === undefined ? undefined : { path, text, dropIns: await dropInsOf(world, path), environment: new Map() };
}

async function dropInsOf(world: World, unit: string): Promise<ReadonlyMap<string, string>> {
  const name = unit.slice(folderOf(unit).length + 1);
  const texts = new Map<string, string>();
  for (const folder of new Set([`${unit}.d`, `${SYSTEM_FOLDER}/${name}.d`])) {
    const files: string[] = [];
    try {
      for await (const entry of world.fs.readDir(folder)) if (entry.name.endsWith(".conf")) files.push(entry.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    for (const file of files.sort().slice(0, MAX_DROP_INS)) {
      texts.set(`${folder}/${file}`, await read(world, `${folder}/${file}`) ?? "");
    }
  }
  return texts;
}

async function read(world: World, path: string): Promise<string | undefined> {
  return await readTextFileIfThere(world, path, { what: "the unit", maxBytes: MAX_BYTES });
}
