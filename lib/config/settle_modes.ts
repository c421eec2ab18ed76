/**
 * The option `backend-mode` once it is known which clouds a server accepts: "ConfigMap" is another one for each.
 *
 * @module
 */

import { type BackendMode, CONFIG_MAP_ALIAS, configMapMode } from "../mapping/backend_mode.ts";
import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS } from "../mapping/forms/config_map_names.ts";
import { acceptedClouds } from "./accepted_clouds.ts";
import type { Sourced } from "./option.ts";
import type { SettingValues } from "./setting_values.ts";

/**
 * Settles what the names mean, and says so in the origin, for `ram-auth config` and the log.
 *
 * @param given the value with "ConfigMap" read as if no cloud were known
 * @param settingsWith the settings with another value of the option
 */
export function settleModes(given: Sourced, settingsWith: (modes: Sourced) => SettingValues): Sourced {
  // The row of the option is a list of these.
  const names = given.value as readonly BackendMode[];
  const alias = configMapMode([], []);
  if (!given.respelled?.includes(alias)) return given;
  const beside = names.filter((name) => name !== alias);
  // What it means must not decide which clouds there are.
  const { clouds, origin } = acceptedClouds(settingsWith({ ...given, value: beside }));
  const meant = configMapMode(beside, clouds);
  const { name } = Object.values(CONFIG_MAPS).find(({ source }) => source === meant)!;
  const why = beside.includes("EKSConfigMap")
    ? "as EKSConfigMap is named, too"
    : `as clouds is [${clouds.join(", ")}]${origin === "default" ? " by default" : ""}`;
  return {
    ...given,
    value: names.map((name) => name === alias ? meant : name),
    origin: `${given.origin}; ${CONFIG_MAP_ALIAS} means ${meant} (${CONFIG_MAP_NAMESPACE}/${name}), ${why}`,
  };
}
