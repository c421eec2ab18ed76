/**
 * Sections `mapRoles` and `mapUsers` that stand in another tool's manifest.
 *
 * @module
 */

import type { YamlNode } from "../../yaml/read.ts";
import type { ArnReader, ArnSection } from "../entry.ts";
import { parseRules } from "../rules.ts";
import { type ForeignMappings, notice, valueAlong } from "./form.ts";

const SECTIONS = ["mapRoles", "mapUsers"] as const satisfies readonly ArnSection[];

/** Reads the sections below a path of keys. */
export function readSections(
  manifest: YamlNode,
  keys: readonly string[],
  options: { readonly clouds: readonly ArnReader[] },
): ForeignMappings {
  const sectionAt = (section: ArnSection) => valueAlong(manifest, [...keys, section]);
  const sections = { mapRoles: sectionAt("mapRoles"), mapUsers: sectionAt("mapUsers"), mapAccounts: undefined };
  const { rules, problems } = parseRules(sections, options);
  const missing = SECTIONS.every((section) => sections[section] === undefined)
    ? [notice(manifest, `It has no mappings: ${keys.join(".")} has neither mapRoles nor mapUsers`)]
    : [];
  const entries = SECTIONS.flatMap((section) => {
    const node = sections[section];
    return node?.kind === "list" ? node.items.map((item) => ({ ...item, section })) : [];
  });
  return { rules, problems: [...missing, ...problems], entries };
}
