/**
 * Where the server's mappings are, by the settings in force.
 *
 * @module
 */

import { requireDynamicFile } from "../../config/judge_config.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import type { Settings } from "../../config/settings.ts";
import type { NoteFile } from "../../kube/access.ts";
import { connect } from "../../kube/connection.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { startConfigMap } from "../../server/sources/config_map.ts";
import { startCustomResources } from "../../server/sources/custom_resources.ts";
import { startDynamicFile } from "../../server/sources/dynamic_file.ts";
import type { ChainOptions } from "../../server/sources/live_chain.ts";
import type { StartSource } from "../../server/sources/live_source.ts";
import { startMountedFile } from "../../server/sources/mounted_file.ts";
import type { World } from "../../world.ts";
import type { ConfigReader } from "./config_reader.ts";

/**
 * The sources that `backendMode` names, and how each is started.
 */
export function mappingSources(world: World, settings: Settings, config: ConfigReader): ChainOptions {
  const { reserved } = config;
  const path = settings.get("config");
  const access = { kubeconfig: settings.get("kubeconfig"), master: settings.get("master") };
  const userIdStrict = settings.get("dynamic-file-user-id-strict");
  const kube = { connect: (noteFile: NoteFile) => connect(world, { ...access, noteFile }), reserved };
  const starters: Readonly<Record<BackendMode, () => StartSource>> = {
    MountedFile: () => startMountedFile({ path, read: config.read, taken: config.taken }),
    DynamicFile: () => startDynamicFile({ path: requireDynamicFile(settings), userIdStrict, reserved }),
    ACKConfigMap: () => startConfigMap("ACKConfigMap", kube),
    EKSConfigMap: () => startConfigMap("EKSConfigMap", kube),
    CRD: () => startCustomResources(kube),
  };
  return {
    modes: settings.get("backend-mode"),
    clouds: acceptedClouds(settings).clouds,
    config: { path, read: config.read, taken: config.taken, warnings: config.warnings },
    starterOf: (mode) => starters[mode](),
    modeFile: settings.get("dynamic-backend-mode"),
  };
}
