/**
 * Whether any server has a ConfigMap in force whose manifest is in a file: whether a source reads it, and an API server
 * takes it.
 *
 * @module
 */

import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS, type ConfigMapRow } from "../../mapping/forms/config_map_names.ts";
import { kindOf } from "../../mapping/fields.ts";
import { type MappingProblem, placeOf } from "../../mapping/problem.ts";
import { SECTIONS } from "../../mapping/rule.ts";
import { quoted } from "../../quote.ts";
import { isNull, textAt, valueAt } from "../../yaml/access.ts";
import type { Position, YamlNode } from "../../yaml/read.ts";

/** Most bytes in all values of a ConfigMap together (`MaxSecretSize` of Kubernetes' core API). */
const MAX_DATA_BYTES = 1_048_576;

/** The ConfigMap that some source reads. */
export function configMapOf(item: YamlNode): ConfigMapRow | undefined {
  const metadata = valueAt(item, "metadata");
  const namespace = (metadata && textAt(metadata, "namespace")) ?? CONFIG_MAP_NAMESPACE;
  return Object.values(CONFIG_MAPS).find(({ name }) =>
    metadata !== undefined && name === textAt(metadata, "name") && namespace === CONFIG_MAP_NAMESPACE
  );
}

/** Why no source reads it, or no API server takes it. */
export function whyUnused(item: YamlNode): readonly MappingProblem[] {
  const problems: MappingProblem[] = [];
  const refuse = (at: Position, message: string) =>
    void problems.push({ ...placeOf(at), severity: "invalid", message });
  const apiVersion = textAt(item, "apiVersion");
  if (apiVersion !== undefined && apiVersion !== "v1") {
    refuse(item, `No source reads a ConfigMap of ${quoted(apiVersion)}; v1 is read`);
  }
  const metadata = valueAt(item, "metadata");
  if (configMapOf(item) === undefined) {
    const own = `${(metadata && textAt(metadata, "namespace")) ?? CONFIG_MAP_NAMESPACE}/${
      (metadata && textAt(metadata, "name")) ?? ""
    }`;
    const names = Object.values(CONFIG_MAPS).map(({ name }) => `${CONFIG_MAP_NAMESPACE}/${name}`).join(" and ");
    refuse(metadata ?? item, `No source reads the ConfigMap ${quoted(own)}; those that are read are ${names}`);
  }
  const data = valueAt(item, "data");
  if (data === undefined || isNull(data)) return problems;
  if (data.kind !== "map") {
    refuse(data, `Cannot use data: it is ${kindOf(data)}; write a map with mapRoles, mapUsers or mapAccounts`);
    return problems;
  }
  for (const { key, value } of data.entries) {
    if (SECTIONS.some((section) => section === key) || isText(value)) continue;
    refuse(value, `Cannot use data: its ${quoted(key)} is ${kindOf(value)}, and the API server takes only texts there`);
  }
  const bytes = data.entries.reduce((sum, { value }) => sum + bytesOf(value), 0);
  if (bytes > MAX_DATA_BYTES) {
    const why = `it holds ${bytes} bytes, and the API server takes at most ${MAX_DATA_BYTES} in one ConfigMap`;
    const advice = "move mappings to custom resources (ram-auth convert --to crd) or to a DynamicFile";
    refuse(data, `Cannot use data: ${why}; ${advice}`);
  }
  return problems;
}

/** Where a text belongs, the API server reads null as an empty one. */
function isText(value: YamlNode): boolean {
  return isNull(value) || (value.kind === "scalar" && typeof value.value === "string");
}

/** What of a manifest's head has kubectl write it elsewhere, or not at all. */
export function warnOfHead(item: YamlNode): readonly MappingProblem[] {
  const warn = (at: Position, message: string): MappingProblem => ({ ...placeOf(at), severity: "warning", message });
  const metadata = valueAt(item, "metadata");
  const isElsewhere = metadata !== undefined && valueAt(metadata, "namespace") === undefined;
  const advice = `write "namespace: ${CONFIG_MAP_NAMESPACE}", where alone it is read`;
  return [
    ...(textAt(item, "apiVersion") === undefined
      ? [warn(item, "It has no apiVersion, without which no API server takes it; write v1")]
      : []),
    ...(isElsewhere
      ? [warn(metadata, `It names no namespace, so kubectl writes it into its current one; ${advice}`)]
      : []),
  ];
}

function bytesOf(value: YamlNode): number {
  return value.kind === "scalar" ? new TextEncoder().encode(value.text).length : 0;
}
