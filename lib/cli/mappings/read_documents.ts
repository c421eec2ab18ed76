/**
 * Mappings in files of any form: which form a file has, and what it says.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { DynamicFileError, rulesOfDynamicFile } from "../../mapping/forms/dynamic_document.ts";
import { isAccessEntryOutput } from "../../mapping/foreign/aws_output.ts";
import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { SECTIONS } from "../../mapping/rule.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { type MappingDocument, type ReadOptions, soleDocument, type YamlFile } from "./document.ts";
import { readAccessEntryOutput } from "./foreign_document.ts";
import { readManifests } from "./manifests.ts";
import { entriesOf } from "./section_entries.ts";
import { textAt } from "../../yaml/access.ts";

/**
 * The mappings of a file; `undefined` where it is none of these forms, but perhaps a config file.
 *
 * @throws {YamlError} if it has several documents, and none is a manifest
 */
export function readDocuments(file: YamlFile, options: ReadOptions): readonly MappingDocument[] | undefined {
  if (isAccessEntryOutput(file.documents)) return [readAccessEntryOutput(file, options)];
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
export function readDynamicFile(file: YamlFile, options: ReadOptions): MappingDocument {
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
