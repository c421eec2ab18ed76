/**
 * Manifests of Kubernetes in a file: one or several documents, and the lists that kubectl prints. Picks those that hold
 * mappings, and says what the others are.
 *
 * @module
 */

import { nearest } from "../../nearest.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import { FOREIGN_FORMS, foreignFormOf } from "../../mapping/foreign/forms.ts";
import { type MappingProblem, placeOf } from "../../mapping/problem.ts";
import { quoted } from "../../quote.ts";
import { listAt, textAt, valueAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { isMappingConfigMap, readConfigMap } from "./config_map_document.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { embeddedConfigs, readEmbeddedConfig } from "./embedded_config.ts";
import { readForeign } from "./foreign_document.ts";
import { isResource, readResources, RESOURCE_KIND_NAMES } from "./resource_document.ts";

/** The kinds that are read by whatever name they are given, and those of other tools. */
const OWN_KINDS: readonly string[] = ["ConfigMap", ...RESOURCE_KIND_NAMES];
const FOREIGN_KINDS: readonly string[] = FOREIGN_FORMS.map(({ kind }) => kind);

/** All of them, for messages. */
const KINDS = [...OWN_KINDS, ...FOREIGN_FORMS.map(({ kind, group }) => `${kind} (${group})`)].join(", ");

/** Reads all manifests of a file. Never throws for what they hold. */
export function readManifests(
  file: YamlFile,
  options: { readonly clouds: readonly ArnReader[] },
): readonly MappingDocument[] {
  const items = file.documents.flatMap(itemsOf);
  const configMaps = items.filter(isMappingConfigMap);
  const resources = items.filter(isResource);
  const others: YamlNode[] = [];
  const detours = items.filter((item) => !isMappingConfigMap(item) && !isResource(item)).flatMap((item) => {
    const form = foreignFormOf(item);
    if (form !== undefined) return [readForeign(item, form, { path: file.path, clouds: options.clouds })];
    const configs = embeddedConfigs(item);
    if (configs.length === 0) others.push(item);
    return configs.map((config) => readEmbeddedConfig(config, file, options));
  });
  const read = [
    ...configMaps.map((item) => readConfigMap(item, file, options)),
    ...(resources.length === 0 ? [] : readResources(resources, file, options)),
    ...detours,
  ];
  const problems = others.map((item, i) =>
    otherProblem(item, { isNothingRead: read.length === 0, tellsKinds: i === 0 })
  );
  const [first = { source: "CRD", path: file.path, rules: [], problems: [], entries: [] }, ...rest] = read;
  return [{ ...first, problems: [...first.problems, ...problems] }, ...rest];
}

/** What a list holds, each with the kind that the list gives it; of anything else, itself. */
function itemsOf(document: YamlNode): readonly YamlNode[] {
  const kind = textAt(document, "kind");
  if (kind === undefined || !kind.endsWith("List") || valueAt(document, "items") === undefined) return [document];
  return listAt(document, "items").map((item) => {
    if (item.kind !== "map" || textAt(item, "kind") !== undefined || kind === "List") return item;
    // Lists of one kind, as the API server answers them, name it in no item.
    const inherited = document.kind === "map" ? document.entries.filter(({ key }) => key === "apiVersion") : [];
    const value = { kind: "scalar", value: kind.slice(0, -4), text: kind.slice(0, -4), ...placeOf(item) } as const;
    return { ...item, entries: [...inherited, { key: "kind", value, ...placeOf(item) }, ...item.entries] };
  });
}

/** A manifest that holds no mappings: a fault where it is the only thing in the file, or a slip in the name of a kind. */
function otherProblem(
  item: YamlNode,
  { isNothingRead, tellsKinds }: { readonly isNothingRead: boolean; readonly tellsKinds: boolean },
): MappingProblem {
  const kind = textAt(item, "kind");
  const severity = isNothingRead || kind === undefined ? "invalid" : "notice";
  if (kind === undefined) {
    const message = "Nothing is read here: it has no kind; write kind and apiVersion, or give it as a file of its own";
    return { ...placeOf(item), severity, message };
  }
  const known = [...OWN_KINDS, ...FOREIGN_KINDS];
  const group = textAt(item, "apiVersion")?.split("/")[0];
  const ofGroup = FOREIGN_FORMS.filter((form) => form.group === group).map((form) => form.kind);
  const meant = known.includes(kind) ? undefined : nearest(kind, [...OWN_KINDS, ...ofGroup]);
  if (meant !== undefined) {
    const message = `Nothing is read from a ${quoted(kind)}; did you mean ${quoted(meant)}?`;
    return { ...placeOf(item), severity: "invalid", message };
  }
  const what = kind === "ConfigMap"
    ? `ConfigMap ${quoted(nameOf(item))}`
    : FOREIGN_KINDS.includes(kind)
    ? `${kind} of ${quoted(textAt(item, "apiVersion") ?? "")}`
    : quoted(kind);
  const message = `This ${what} holds no mappings${tellsKinds ? `; those that are read are ${KINDS}` : ""}`;
  return { ...placeOf(item), severity, message };
}

function nameOf(item: YamlNode): string {
  const metadata = valueAt(item, "metadata");
  const name = (metadata && textAt(metadata, "name")) ?? "";
  const namespace = metadata && textAt(metadata, "namespace");
  return namespace === undefined ? name : `${namespace}/${name}`;
}
