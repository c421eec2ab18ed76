/**
 * Where the server's mappings are, by the settings in force.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import { UsageError } from "../errors.ts";
import type { ChainOptions } from "../server/live_chain.ts";
import { startMountedFile } from "../server/mounted_file.ts";
import type { Log } from "../telemetry/log.ts";
import { createMappingReader } from "./server_mappings.ts";

/** The sources that `backendMode` names, and how each is started. */
export function mappingSources(settings: Settings, log: Log): ChainOptions {
  return {
    modes: settings.get("backend-mode"),
    starterOf(mode) {
      if (mode !== "MountedFile") throw new UsageError(`Cannot use the mapping source "${mode}": not in this version`);
      return startMountedFile({ path: settings.get("config"), read: createMappingReader(settings, log) });
    },
    modeFile: undefined,
  };
}
