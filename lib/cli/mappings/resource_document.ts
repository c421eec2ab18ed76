/**
 * Custom resources in a file, as manifests or as kubectl lists them.
 *
 * @module
 */

import { type MappingResource, parseResource, RESOURCE_KEYS } from "../../mapping/forms/custom_resource.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { type MappingProblem, type Place, placeOf } from "../../mapping/problem.ts";
import { cloudOfKind, RESOURCE_KINDS, resourceApiVersion } from "../../mapping/forms/resource_kinds.ts";
import { createResourceRules } from "../../mapping/forms/resource_rules.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { quoted } from "../../quote.ts";
import type { Position, YamlNode } from "../../yaml/read.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { plainOf, textAt, valueAt } from "../../yaml/access.ts";

/** The kinds of custom resources that are read. */
export const RESOURCE_KIND_NAMES: readonly string[] = Object.values(RESOURCE_KINDS).map(({ kind }) => kind);

interface Options {
  readonly clouds: readonly ArnReader[];
}

/** Whether a manifest is one of the other tools' custom resources, by its kind. */
export function isResource(item: YamlNode): boolean {
  return cloudOfKind(textAt(item, "kind")) !== undefined;
}

/**
 * Reads all resources of a file, of which there is at least one: a document for those that a server reads together, and
 * one for each that none does. Never throws for what they hold.
 */
export function readResources(
  resources: readonly YamlNode[],
  { path }: Pick<YamlFile, "path">,
  options: Options,
): readonly MappingDocument[] {
  const kinds = new Set(resources.map((item) => textAt(item, "kind")));
  const named = resources.map((item): NamedResource => {
    const resource = resourceOf(item);
    const name = kinds.size > 1 ? `${textAt(item, "kind")}/${resource.metadata.name}` : resource.metadata.name;
    return { item, name, resource, unused: whyUnused(item, name, options) };
  });
  return [
    documentOf(named.filter(({ unused }) => unused.length === 0), path, options),
    ...named.filter(({ unused }) => unused.length > 0)
      .map((one) => ({ ...documentOf([one], path, options), unused: one.unused })),
  ];
}

interface NamedResource {
  readonly item: YamlNode;
  readonly name: string;
  readonly resource: MappingResource;
  readonly unused: readonly MappingProblem[];
}

function documentOf(resources: readonly NamedResource[], path: string, { clouds }: Options): MappingDocument {
  const inForce = createResourceRules();
  const places = new Map<string, Position>();
  const twice: MappingProblem[] = [];
  const entries: WrittenEntry[] = [];
  for (const { item, name, resource: { spec } } of resources) {
    const before = places.get(name);
    if (before !== undefined) {
      const message = `The resource at line ${item.line} has the same name, and takes its place; rename one of the two`;
      twice.push({ ...before, resource: name, severity: "invalid", message });
    }
    places.set(name, placeOf(item));
    entries.push({ ...item, resource: name });
    // A server reads each kind with the ARNs of its own cloud.
    const own = clouds.filter(({ id }) => id === cloudOfKind(textAt(item, "kind")));
    inForce.put(name, parseResource({ metadata: { name }, spec }, { clouds: own.length === 0 ? clouds : own }));
  }
  const put = <T extends Place>(thing: T): T => ({ ...thing, ...places.get(thing.resource ?? "") });
  return {
    source: "CRD",
    path,
    rules: inForce.rules().map(put),
    problems: [...twice, ...inForce.problems().map(put), ...resources.flatMap(warnOfVersion)],
    entries,
  };
}

/** No API server takes a resource without an apiVersion; pasted into other commands, it may well have none. */
function warnOfVersion({ item, name: resource }: NamedResource): readonly MappingProblem[] {
  if (textAt(item, "apiVersion") !== undefined) return [];
  const wanted = resourceApiVersion(cloudOfKind(textAt(item, "kind"))!);
  const message = `It has no apiVersion, without which no API server takes it; write ${wanted}`;
  return [{ ...placeOf(item), resource, severity: "warning", message }];
}

/** Why no source reads a resource, or no API server takes it. */
function whyUnused(item: YamlNode, resource: string, { clouds }: Options): readonly MappingProblem[] {
  const kind = textAt(item, "kind")!;
  const cloud = cloudOfKind(kind)!;
  const problems: MappingProblem[] = [];
  const refuse = (at: Position, message: string) =>
    void problems.push({ ...placeOf(at), resource, severity: "invalid", message });
  const wanted = resourceApiVersion(cloud);
  const apiVersion = textAt(item, "apiVersion");
  if (apiVersion !== undefined && apiVersion !== wanted) {
    refuse(item, `No source reads ${quoted(apiVersion)}; ${wanted} is read`);
  }
  if (!clouds.some(({ id }) => id === cloud)) {
    refuse(item, `No source reads a ${kind}: "clouds" of the config file does not list "${cloud}"; list it`);
  }
  const metadata = valueAt(item, "metadata");
  if (metadata === undefined || (valueAt(metadata, "name") ?? valueAt(metadata, "generateName")) === undefined) {
    refuse(metadata ?? item, "No API server takes it without a name; write metadata.name");
  }
  const spec = valueAt(item, "spec");
  for (const { key, ...at } of spec?.kind === "map" ? spec.entries : []) {
    const meant = RESOURCE_KEYS.find((known) => known !== key && known === foldAsciiCase(key));
    if (meant !== undefined) refuse(at, `No API server takes the key ${quoted(key)} of spec; write "${meant}"`);
  }
  return problems;
}

function resourceOf(item: YamlNode): MappingResource {
  const metadata = valueAt(item, "metadata");
  const spec = valueAt(item, "spec");
  return { metadata: { name: (metadata && textAt(metadata, "name")) ?? "" }, spec: spec && plainOf(spec) };
}
