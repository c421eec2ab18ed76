/**
 * Custom resources in a file, as manifests or as kubectl lists them.
 *
 * @module
 */

import { type MappingResource, parseResource } from "../../mapping/forms/custom_resource.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { type MappingProblem, type Place, placeOf } from "../../mapping/problem.ts";
import { RESOURCE_KINDS } from "../../mapping/forms/resource_kinds.ts";
import { createResourceRules } from "../../mapping/forms/resource_rules.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { plainOf, textAt, valueAt } from "../../yaml/access.ts";

/** The kinds of custom resources that are read. */
export const RESOURCE_KIND_NAMES: readonly string[] = Object.values(RESOURCE_KINDS).map(({ kind }) => kind);

/** Whether a manifest is one of the other tools' custom resources, by its kind. */
export function isResource(item: YamlNode): boolean {
  return RESOURCE_KIND_NAMES.includes(textAt(item, "kind") ?? "");
}

/** Reads all resources of a file, of which there is at least one. Never throws for what they hold. */
export function readResources(
  resources: readonly YamlNode[],
  { path }: Pick<YamlFile, "path">,
  options: { readonly clouds: readonly ArnReader[] },
): MappingDocument {
  const kinds = new Set(resources.map((item) => textAt(item, "kind")));
  const inForce = createResourceRules();
  const places = new Map<string, Pick<Place, "line" | "column">>();
  const twice: MappingProblem[] = [];
  const entries: WrittenEntry[] = [];
  for (const item of resources) {
    const { metadata, spec } = resourceOf(item);
    const name = kinds.size > 1 ? `${textAt(item, "kind")}/${metadata.name}` : metadata.name;
    const before = places.get(name);
    if (before !== undefined) {
      const message = `The resource at line ${item.line} has the same name, and takes its place; rename one of the two`;
      twice.push({ ...before, resource: name, severity: "invalid", message });
    }
    places.set(name, placeOf(item));
    entries.push({ ...item, resource: name });
    inForce.put(name, parseResource({ metadata: { name }, spec }, options));
  }
  const put = <T extends Place>(thing: T): T => ({ ...thing, ...places.get(thing.resource ?? "") });
  return {
    source: "CRD",
    path,
    rules: inForce.rules().map(put),
    problems: [...twice, ...inForce.problems().map(put)],
    entries,
  };
}

function resourceOf(item: YamlNode): MappingResource {
  const metadata = valueAt(item, "metadata");
  const spec = valueAt(item, "spec");
  return { metadata: { name: (metadata && textAt(metadata, "name")) ?? "" }, spec: spec && plainOf(spec) };
}
