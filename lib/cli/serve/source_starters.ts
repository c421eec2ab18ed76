/**
 * Where the server's mappings are, by the settings in force.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { connect } from "../../kube/connection.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { parseReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { startConfigMap } from "../../server/sources/config_map.ts";
import { startCustomResources } from "../../server/sources/custom_resources.ts";
import { startDynamicFile } from "../../server/sources/dynamic_file.ts";
import type { ChainOptions } from "../../server/sources/live_chain.ts";
import type { StartSource } from "../../server/sources/live_source.ts";
import { startMountedFile } from "../../server/sources/mounted_file.ts";
import type { Log } from "../../telemetry/log.ts";
import type { World } from "../../world.ts";
import { createMappingReader } from "./mounted_file_reader.ts";

/**
 * The sources that `backendMode` names, and how each is started.
 *
 * @throws {YamlError} if `reservedPrefixConfig` is malformed
 */
export function mappingSources(world: World, settings: Settings, log: Log): ChainOptions {
  const reserved = parseReservedPrefixes(settings.get("reserved-prefix-config"));
  const access = { kubeconfig: settings.get("kubeconfig"), master: settings.get("master") };
  const userIdStrict = settings.get("dynamic-file-user-id-strict");
  const kube = { connect: () => connect(world, access), reserved };
  const starters: Readonly<Record<BackendMode, () => StartSource>> = {
    MountedFile: () => startMountedFile({ path: settings.get("config"), read: createMappingReader(settings, log) }),
    DynamicFile: () => startDynamicFile({ path: dynamicFile(settings), userIdStrict, reserved }),
    ACKConfigMap: () => startConfigMap("ACKConfigMap", kube),
    EKSConfigMap: () => startConfigMap("EKSConfigMap", kube),
    CRD: () => startCustomResources(kube),
  };
  return {
    modes: settings.get("backend-mode"),
    starterOf: (mode) => starters[mode](),
    modeFile: settings.get("dynamic-backend-mode"),
  };
}

function dynamicFile(settings: Settings): string {
  const path = settings.get("dynamic-file");
  if (path !== undefined) return path;
  throw new UsageError(
    'Cannot use the mapping source "DynamicFile": no file is named; write "server.dynamicfilepath" in the config file',
  );
}
