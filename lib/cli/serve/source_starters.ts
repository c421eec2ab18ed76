/**
 * Where the server's mappings are, by the settings in force.
 *
 * @module
 */

import { requireDynamicFile } from "../../config/judge_config.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import type { Settings } from "../../config/settings.ts";
import type { NoteFile } from "../../kube/access.ts";
import { importLater } from "../../import_later.ts";
import type { connect, KubeConnection } from "../../kube/connection.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import type { ConfigMapMode, KubeSourceOptions } from "../../server/sources/config_map.ts";
import type { ChainOptions } from "../../server/sources/live_chain.ts";
import type { StartSource } from "../../server/sources/live_source.ts";
import { startMountedFile } from "../../server/sources/mounted_file.ts";
import type { World } from "../../world.ts";
import type { ConfigReader } from "./config_reader.ts";

/** The sources that `backendMode` names, and how each is started: what those need that it does not name is not loaded. */
export function mappingSources(world: World, settings: Settings, config: ConfigReader): ChainOptions {
  const { reserved } = config;
  const path = settings.get("config");
  const access = { kubeconfig: settings.get("kubeconfig"), master: settings.get("master") };
  const userIdStrict = settings.get("dynamic-file-user-id-strict");
  const kube = { connect: (noteFile: NoteFile) => connectLater(world, { ...access, noteFile }), reserved };
  const starters: Readonly<Record<BackendMode, () => StartSource>> = {
    MountedFile: () => startMountedFile({ path, read: config.read, taken: config.taken }),
    DynamicFile() {
      const path = requireDynamicFile(settings);
      return async (parts) => (await loadDynamicFile()).startDynamicFile({ path, userIdStrict, reserved })(parts);
    },
    ACKConfigMap: () => configMap("ACKConfigMap", kube),
    EKSConfigMap: () => configMap("EKSConfigMap", kube),
    CRD: () => async (parts) => (await loadCustomResources()).startCustomResources(kube)(parts),
  };
  return {
    modes: settings.get("backend-mode"),
    clouds: acceptedClouds(settings).clouds,
    config: { path, read: config.read, taken: config.taken, warnings: config.warnings },
    starterOf: (mode) => starters[mode](),
    modeFile: settings.get("dynamic-backend-mode"),
  };
}

async function connectLater(...where: Parameters<typeof connect>): Promise<KubeConnection> {
  const { connect } = await importLater<typeof import("../../kube/connection.ts")>(
    "../../kube/connection.ts",
    import.meta.url,
  );
  return await connect(...where);
}

function configMap(mode: ConfigMapMode, kube: KubeSourceOptions): StartSource {
  return async (parts) => (await loadConfigMap()).startConfigMap(mode, kube)(parts);
}

const loadDynamicFile = () =>
  importLater<typeof import("../../server/sources/dynamic_file.ts")>(
    "../../server/sources/dynamic_file.ts",
    import.meta.url,
  );

const loadConfigMap = () =>
  importLater<typeof import("../../server/sources/config_map.ts")>(
    "../../server/sources/config_map.ts",
    import.meta.url,
  );

const loadCustomResources = () =>
  importLater<typeof import("../../server/sources/custom_resources.ts")>(
    "../../server/sources/custom_resources.ts",
    import.meta.url,
  );
