/**
 * The real world, which says when a file was read to its end, could not be opened, or was found to be none.
 *
 * @module
 */

import { realWorld, type World } from "../../lib/world.ts";

/** Makes it; `looked` is called each time. */
export function worldThatTellsOfLooks(looked: () => void): World {
  const world = realWorld();
  const open: typeof Deno.open = async (path, options) => {
    try {
      const file = await Deno.open(path, options);
      const read = file.read.bind(file);
      file.read = async (buffer) => {
        const count = await read(buffer);
        if (count === null) looked();
        return count;
      };
      return file;
    } catch (failure) {
      looked();
      throw failure;
    }
  };
  const stat: typeof Deno.stat = async (path) => {
    try {
      const info = await Deno.stat(path);
      if (!info.isFile) looked();
      return info;
    } catch (failure) {
      looked();
      throw failure;
    }
  };
  return { ...world, fs: { ...world.fs, open, stat } };
}
