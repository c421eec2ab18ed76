/**
 * Which sources are asked, in their order: those of the option, or of the file that may stand in its place.
 *
 * @module
 */

import { readTextFileIfThere } from "../files.ts";
import type { BackendMode } from "../mapping/backend_mode.ts";
import { parseBackendModeFile } from "../mapping/backend_mode_file.ts";
import type { World } from "../world.ts";

/** Largest file of backend modes in bytes. */
const MAX_MODE_FILE_BYTES = 65_536;

/** What names the sources. */
export interface BackendModes {
  /** In the order in which they are asked. */
  readonly modes: readonly BackendMode[];
  /** `server.dynamicBackendModePath`: its content wins over `modes` as long as it is there. */
  readonly modeFile: string | undefined;
}

/**
 * The sources as they are named now.
 *
 * @throws {FileError} {YamlError} {BackendModeFileError} if the file is there and cannot be used
 */
export async function readBackendModes(
  world: World,
  { modes, modeFile }: BackendModes,
): Promise<readonly BackendMode[]> {
  if (modeFile === undefined) return modes;
  const what = "the file of backend modes";
  const text = await readTextFileIfThere(world, modeFile, { what, maxBytes: MAX_MODE_FILE_BYTES });
  return text === undefined ? modes : parseBackendModeFile(text);
}
