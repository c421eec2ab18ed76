/**
 * The entries of sections as they were written.
 *
 * @module
 */

import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { type Section, SECTIONS } from "../../mapping/rule.ts";
import type { MappingSections } from "../../mapping/rules.ts";
import type { YamlNode } from "../../yaml/read.ts";

/** The entries of the sections, in their order. */
export function entriesOfAll(sections: MappingSections): readonly WrittenEntry[] {
  return SECTIONS.flatMap((section) => entriesOf(sections[section], section));
}

/** The entries of a section. */
export function entriesOf(node: YamlNode | undefined, section: Section): readonly WrittenEntry[] {
  return node?.kind === "list" ? node.items.map((item) => ({ ...item, section })) : [];
}
