/**
 * Units of systemd with their drop-ins, as texts: what a service is started with, and its limits.
 *
 * @module
 */

import { folderOf, readTextFileIfThere } from "../../files.ts";
import type { World } from "../../world.ts";

const MAX_BYTES = 1_048_576;

/** Most drop-ins of a unit that are read. */
const MAX_DROP_INS = 100;

/** Where an administrator's drop-ins of any unit are. */
const SYSTEM_FOLDER = "/etc/systemd/system";

/** The settings of a unit, in the order in which they count, drop-ins last. Trust: root wrote them. */
export type Unit = readonly (readonly [key: string, value: string])[];

/**
 * Reads a unit; `undefined` where there is none.
 *
 * @throws {FileError} if it, or one of its drop-ins, cannot be read
 */
export async function readUnit(world: World, path: string): Promise<Unit | undefined> {
  const text = await read(world, path);
  return text === undefined ? undefined : settingsOf([text, ...await dropInsOf(world, path)].join("\n"));
}

/** The value that counts: the last; `undefined` where it is not set, or taken back by an empty one. */
export function settingOf(unit: Unit, key: string): string | undefined {
  return unit.findLast(([name]) => name === key)?.[1] || undefined;
}

function settingsOf(text: string): Unit {
  return text.replaceAll(/\\\r?\n/g, " ").split("\n").flatMap((line) => {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value!] as const];
  });
}

async function dropInsOf(world: World, unit: string): Promise<readonly string[]> {
  const name = unit.slice(folderOf(unit).length + 1);
  const texts: string[] = [];
  for (const folder of new Set([`${unit}.d`, `${SYSTEM_FOLDER}/${name}.d`])) {
    const files: string[] = [];
    try {
      for await (const entry of world.fs.readDir(folder)) if (entry.name.endsWith(".conf")) files.push(entry.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    for (const file of files.sort().slice(0, MAX_DROP_INS)) texts.push(await read(world, `${folder}/${file}`) ?? "");
  }
  return texts;
}

async function read(world: World, path: string): Promise<string | undefined> {
  return await readTextFileIfThere(world, path, { what: "the unit", maxBytes: MAX_BYTES });
}
