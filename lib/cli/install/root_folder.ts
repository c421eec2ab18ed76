/**
 * A tree that will be, or was, a system's `/`. Where it has absolute links, they lead to other files from here than they
 * would there.
 *
 * @module
 */

import { explainFile, folderOf } from "../../files.ts";
import { exists } from "../../folders.ts";
import type { World } from "../../world.ts";
import { InstallError } from "./install.ts";

/**
 * Demands that none of the paths leads out of the tree, or nowhere.
 *
 * @throws {InstallError} if one does: what is meant cannot be told from here
 */
export async function demandInside(world: World, root: string, paths: readonly string[]): Promise<void> {
  if (!await exists(world, root)) return;
  const attempt = `Cannot look into "${root}"`;
  try {
    const realRoot = await world.fs.realPath(root);
    for (const path of paths) {
      const there = await deepestThere(world, path);
      const realPath = await world.fs.realPath(there).catch(() => undefined);
      if (realPath !== undefined && `${realPath}/`.startsWith(realRoot === "/" ? "/" : `${realRoot}/`)) continue;
      throw new InstallError(
        `Cannot go by "${path}": a link leads from "${there}" ${
          realPath === undefined ? "to what is not there" : `out of "${root}", to "${realPath}"`
        }; make it a relative link, or run this inside of that system`,
      );
    }
  } catch (cause) {
    throw explainFile(cause, attempt);
  }
}

/** The longest beginning of a path that is there. */
async function deepestThere(world: World, path: string): Promise<string> {
  return await exists(world, path) ? path : await deepestThere(world, folderOf(path));
}
