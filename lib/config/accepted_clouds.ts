/**
 * The clouds that a config file is about: those it lists, or else those whose principals its mappings name, so that the
 * file of another tool, which lists none, works as it is.
 *
 * @module
 */

import { cloudOfArn } from "../clouds/registry.ts";
import type { SettingValues } from "./setting_values.ts";
import type { CloudId } from "../identity/identity.ts";
import { CLOUD_OF_MODE } from "../mapping/backend_mode.ts";
import type { YamlNode } from "../yaml/read.ts";

/** Where neither the option nor a mapping names one. */
const USUAL: readonly CloudId[] = ["alibaba"];

/** The clouds in force, and where that comes from, in the words of {@linkcode SettingValues.origin}. */
export interface AcceptedClouds {
  readonly clouds: readonly CloudId[];
  readonly origin: string;
}

/** The clouds whose tokens are accepted. Trust: the operator wrote the file. */
export function acceptedClouds(settings: SettingValues): AcceptedClouds {
  const listed = settings.get("clouds");
  if (listed !== undefined) return { clouds: listed, origin: settings.origin("clouds") };
  const named = new Set([
    ...[settings.get("map-roles"), settings.get("map-users")].flatMap(cloudsNamedIn),
    ...settings.get("backend-mode").flatMap((mode) => CLOUD_OF_MODE[mode] ?? []),
  ]);
  if (named.size === 0) return { clouds: USUAL, origin: "default" };
  return { clouds: [...named].sort(), origin: "the mappings" };
}

function cloudsNamedIn(section: YamlNode | undefined): CloudId[] {
  if (section?.kind !== "list") return [];
  return section.items.flatMap((entry) => entry.kind === "map" ? entry.entries : []).flatMap(({ key, value }) => {
    if (/^sso$/i.test(key)) return ["aws"];
    const isArn = /^(role|user)arn$/i.test(key) && value.kind === "scalar";
    return (isArn ? cloudOfArn(value.text) : undefined) ?? [];
  });
}
