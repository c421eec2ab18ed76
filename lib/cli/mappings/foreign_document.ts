/**
 * Forms that no server reads, in a file: manifests of other tools, access entries of EKS. Each says what has to happen
 * before a server reads its mappings.
 *
 * @module
 */

import type { ArnReader } from "../../mapping/entry.ts";
import { readAccessEntries } from "../../mapping/foreign/access_entries.ts";
import type { ForeignForm } from "../../mapping/foreign/form.ts";
import { placeOf } from "../../mapping/problem.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { FILE_GROUP_PREFIX, type MappingDocument, type ReadOptions, type YamlFile } from "./document.ts";

/** Reads a manifest of the form. Never throws for what it holds. */
export function readForeign(
  manifest: YamlNode,
  { tool, kind, makes, source, read }: ForeignForm,
  { path, clouds }: Pick<YamlFile, "path"> & { readonly clouds: readonly ArnReader[] },
): MappingDocument {
  const message = `No server reads this ${kind}: ${tool} ${makes}, which the source ${source} reads; ` +
    "where it does not run, convert it: ram-auth convert --to configmap";
  const detour = { ...placeOf(manifest), severity: "notice", message } as const;
  const { rules, problems, entries } = read(manifest, { clouds });
  return { source, path, rules, problems: [...problems, detour], entries, detour, isForeign: true };
}

/** Reads what `aws` prints of access entries. Never throws for what it holds. */
export function readAccessEntryOutput(
  { path, documents }: Pick<YamlFile, "path" | "documents">,
  { clouds, groupPrefix = FILE_GROUP_PREFIX }: Pick<ReadOptions, "clouds" | "groupPrefix">,
): MappingDocument {
  const message = "EKS alone reads access entries; convert them: ram-auth convert --to file";
  const detour = { ...placeOf(documents[0]!), severity: "notice", message } as const;
  const { problems, ...read } = readAccessEntries(documents, { clouds, groupPrefix });
  return { source: "MountedFile", path, ...read, problems: [...problems, detour], detour, isForeign: true };
}
