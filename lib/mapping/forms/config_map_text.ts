/**
 * A ConfigMap of mappings, read at once, for commands: a server reads its texts aside.
 *
 * @module
 */

import { atOnce } from "../../steps.ts";
import { parseEntries } from "../../yaml/entries.ts";
import { YamlError } from "../../yaml/node.ts";
import type { ArnReader } from "../entry.ts";
import { bySection } from "../rule.ts";
import type { ParsedRules } from "../rules.ts";
import { rulesOfConfigMap, textsOf } from "./config_map_sections.ts";

/** As {@linkcode rulesOfConfigMap}, of the value of `data` alone. */
export function parseConfigMap(data: unknown, options: { readonly clouds: readonly ArnReader[] }): ParsedRules {
  const texts = textsOf(data);
  return atOnce(rulesOfConfigMap(
    data,
    bySection((section) => {
      const text = texts[section];
      if (text === undefined) return undefined;
      try {
        return parseEntries(text);
      } catch (error) {
        if (error instanceof YamlError) return error;
        throw error;
      }
    }),
    options,
  ));
}
