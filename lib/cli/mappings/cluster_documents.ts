/**
 * What an API server holds of mappings, as documents like those of files. Pure: how it is asked stands elsewhere.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import type { KubeObject } from "../../kube/object.ts";
import { strayProblem, straySections } from "../../mapping/forms/config_map_sections.ts";
import { parseConfigMap } from "../../mapping/forms/config_map_text.ts";
import { CONFIG_MAP_NAMESPACE, type ConfigMapRow } from "../../mapping/forms/config_map_names.ts";
import { nodeOf, parseResource } from "../../mapping/forms/custom_resource.ts";
import { placeText } from "../../mapping/problem.ts";
import { RESOURCE_KINDS, resourceName } from "../../mapping/forms/resource_kinds.ts";
import { createResourceRules } from "../../mapping/forms/resource_rules.ts";
import { entriesIn, orderOf } from "./config_map_document.ts";
import type { MappingDocument } from "./document.ts";

/** A document that holds nothing. */
export function emptyDocument(document: Pick<MappingDocument, "source" | "path" | "unread">): MappingDocument {
  return { ...document, rules: [], problems: [], entries: [] };
}

/** Stands for a ConfigMap's path: `kubectl -n kube-system get configmap/aws-auth` is close to it. */
export function configMapPath({ name }: ConfigMapRow): string {
  return `configmap/${CONFIG_MAP_NAMESPACE}/${name}`;
}

/**
 * A ConfigMap: a document for it as a whole, and one for each section, because each counts lines of its own, as a
 * server logs them. Never throws for what it holds.
 */
export function configMapDocuments(
  row: ConfigMapRow,
  object: KubeObject,
  options: { readonly clouds: readonly Cloud[] },
): readonly MappingDocument[] {
  const whole = { source: row.source, path: configMapPath(row) };
  const sections = Object.entries(object.data ?? {}).map(([key, text]) => ({ key, text }))
    .sort((a, b) => orderOf(a) - orderOf(b))
    .map(({ key, text }) => ({ parsed: parseConfigMap({ [key]: text }, options), entries: entriesIn(text) }));
  const faults = sections.filter(({ parsed }) => parsed.unreadable.length > 0)
    .flatMap(({ parsed }) => parsed.problems.map((problem) => `${problem.message} (${placeText(problem)})`));
  const unread = faults.length === 0 ? {} : { unread: { why: faults.join("; "), rest: "some" } as const };
  return [
    { ...emptyDocument({ ...whole, ...unread }), problems: straySections(object).map((stray) => strayProblem(stray)) },
    ...sections.map(({ parsed: { rules, problems }, entries }) => ({ ...whole, rules, problems, entries })),
  ];
}

/** The resources of a cloud's principals. Never throws for what they hold. */
export function resourcesDocument(cloud: Cloud, objects: readonly KubeObject[]): MappingDocument {
  const inForce = createResourceRules();
  inForce.replaceAll(
    new Map(objects.map((object) => [object.metadata.name, parseResource(object, { clouds: [cloud] })])),
  );
  const problems = inForce.problems();
  const invalid = new Set(problems.filter(({ severity }) => severity === "invalid").map(({ resource }) => resource));
  return {
    source: "CRD",
    path: resourceName(cloud.id),
    objectKind: RESOURCE_KINDS[cloud.id].kind.toLowerCase(),
    rules: inForce.rules(),
    problems,
    entries: objects.filter(({ metadata }) => invalid.has(metadata.name))
      .map(({ metadata, spec }) => ({ ...nodeOf(spec, 1), resource: metadata.name })),
  };
}
