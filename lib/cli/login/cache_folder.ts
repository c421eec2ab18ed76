/**
 * Where cached credentials are.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { cacheFolder, inHome } from "../../home.ts";
import type { World } from "../../world.ts";

/** The folder that the settings name, or the usual one; `undefined` where there is no home. */
export function cacheFolderOf(settings: Settings, world: World): string | undefined {
  const given = settings.get("cache-dir");
  if (given !== undefined) return inHome(world, given);
  const usual = cacheFolder(world);
  return usual === undefined ? undefined : `${usual}/credentials`;
}
