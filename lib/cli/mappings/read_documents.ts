/**
 * Mappings in files of any form: which form a file has, and what it says.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { DynamicFileError, type DynamicFileOptions, rulesOfDynamicFile } from "../../mapping/forms/dynamic_document.ts";
import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { type Section, SECTIONS } from "../../mapping/rule.ts";
import type { MappingSections } from "../../mapping/rules.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { type MappingDocument, soleDocument, type YamlFile } from "./document.ts";
import { readManifests } from "./manifests.ts";
import { textAt } from "../../yaml/access.ts";

/**
 * The mappings of a file; `undefined` where it is none of these forms, but perhaps a config file.
 *
 * @throws {YamlError} if it has several documents, and none is a manifest
 */
export function readDocuments(file: YamlFile, options: DynamicFileOptions): readonly MappingDocument[] | undefined {
  if (file.documents.some((document) => textAt(document, "kind") !== undefined)) return readManifests(file, options);
  const root = soleDocument(file);
  if (root.kind !== "map") return undefined;
  const keys = root.entries.map(({ key }) => foldAsciiCase(key));
  // In the config file they stand under "server".
  const isDynamic = SECTIONS.some((section) => keys.includes(foldAsciiCase(section))) &&
    !keys.some((key) => key === "server" || key === "clusterid");
  return isDynamic ? [readDynamicFile(file, options)] : undefined;
}

/**
 * The mappings of a DynamicFile. Never throws for what its document holds.
 *
 * @throws {YamlError} if it has several documents
 */
export function readDynamicFile(file: YamlFile, options: DynamicFileOptions): MappingDocument {
  const root = soleDocument(file);
  const document = { source: "DynamicFile", path: file.path, rules: [], entries: sectionEntries(root) } as const;
  try {
    return { ...document, ...rulesOfDynamicFile(root, options) };
  } catch (error) {
    if (!(error instanceof DynamicFileError)) throw error;
    return { ...document, problems: [{ ...error.at, severity: "invalid", message: error.message }] };
  }
}

/** The entries of all sections below a node. */
function sectionEntries(node: YamlNode): readonly WrittenEntry[] {
  if (node.kind !== "map") return [];
  return SECTIONS.flatMap((section) =>
    node.entries.filter(({ key }) => foldAsciiCase(key) === foldAsciiCase(section))
      .flatMap(({ value }) => entriesOf(value, section))
  );
}

/** The entries of the sections, in their order. */
export function entriesOfAll(sections: MappingSections): readonly WrittenEntry[] {
  return SECTIONS.flatMap((section) => entriesOf(sections[section], section));
}

/** The entries of a section. */
export function entriesOf(node: YamlNode | undefined, section: Section): readonly WrittenEntry[] {
  return node?.kind === "list" ? node.items.map((item) => ({ ...item, section })) : [];
}
