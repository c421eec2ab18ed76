/**
 * The mapping sections of a config file, gathered from the options that hold them.
 *
 * @module
 */

import { bySection } from "../mapping/rule.ts";
import type { MappingSections } from "../mapping/rules.ts";
import type { YamlNode } from "../yaml/read.ts";
import type { ConfigReading } from "./file.ts";
import type { SettingValues } from "./setting_values.ts";

/** The option of each section. */
export const OPTION_OF = { mapRoles: "map-roles", mapUsers: "map-users", mapAccounts: "map-accounts" } as const;

/** The sections in force for a command. @throws {TypeError} if the command does not read mappings */
export function sectionsInForce(settings: SettingValues): MappingSections {
  return bySection((section) => settings.get(OPTION_OF[section]));
}

/** The sections that a config file holds, whatever else is in force. */
export function sectionsInFile(values: ConfigReading["values"]): MappingSections {
  // The row of each of these options is of the type "structure", whose value is a node.
  return bySection((section) => values.get(OPTION_OF[section])?.value as YamlNode | undefined);
}
