/**
 * A ConfigMap in a file. Its lines are counted in the file, so that a message leads to the place that an editor shows.
 *
 * @module
 */

import { parseConfigMap } from "../../mapping/forms/config_map_sections.ts";
import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { kindOf } from "../../mapping/fields.ts";
import { type MappingProblem, type Place, placeOf } from "../../mapping/problem.ts";
import { type Section, SECTIONS } from "../../mapping/rule.ts";
import { quoted } from "../../quote.ts";
import { parseYaml, type YamlEntry, YamlError, type YamlNode } from "../../yaml/read.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { isNull, plainOf, textAt, valueAt } from "../../yaml/access.ts";

/** Most bytes in all values of a ConfigMap together (`MaxSecretSize` of Kubernetes' core API). */
const MAX_DATA_BYTES = 1_048_576;

interface Options {
  readonly clouds: readonly ArnReader[];
}

/** Whether a manifest is a ConfigMap of mappings: by its name, or because it has a section wherever one may stand. */
export function isMappingConfigMap(item: YamlNode): boolean {
  if (textAt(item, "kind") !== "ConfigMap") return false;
  const metadata = valueAt(item, "metadata");
  if (Object.values(CONFIG_MAPS).some(({ name }) => metadata && textAt(metadata, "name") === name)) return true;
  const holders = [item, valueAt(item, "data"), valueAt(item, "binaryData")];
  return holders.some((holder) => holder && SECTIONS.some((section) => valueAt(holder, section) !== undefined));
}

/** Reads the manifest of a ConfigMap. Never throws for what it holds. */
export function readConfigMap(item: YamlNode, { path, text }: YamlFile, options: Options): MappingDocument {
  const metadata = valueAt(item, "metadata");
  const name = metadata && textAt(metadata, "name");
  const namespace = (metadata && textAt(metadata, "namespace")) ?? CONFIG_MAP_NAMESPACE;
  const known = Object.values(CONFIG_MAPS).find((candidate) =>
    candidate.name === name && namespace === CONFIG_MAP_NAMESPACE
  );
  const problems: MappingProblem[] = [];
  if (known === undefined) {
    const names = Object.values(CONFIG_MAPS).map((candidate) => `${CONFIG_MAP_NAMESPACE}/${candidate.name}`).join(
      " and ",
    );
    const message = `No source reads the ConfigMap ${
      quoted(`${namespace}/${name ?? ""}`)
    }; those that are read are ${names}`;
    problems.push({ ...placeOf(metadata ?? item), severity: "invalid", message });
  }
  const data = valueAt(item, "data");
  if (data !== undefined && data.kind !== "map" && !isNull(data)) {
    const message = `Cannot use data: it is ${kindOf(data)}; write a map with mapRoles, mapUsers or mapAccounts`;
    problems.push({ ...placeOf(data), severity: "invalid", message });
  }
  const values = data?.kind === "map" ? data.entries : [];
  const bytes = values.reduce((sum, { value }) => sum + bytesOf(value), 0);
  if (bytes > MAX_DATA_BYTES) {
    const why = `it holds ${bytes} bytes, and the API server takes at most ${MAX_DATA_BYTES} in one ConfigMap`;
    const advice = "move mappings to custom resources (ram-auth convert --to crd) or to a DynamicFile";
    problems.push({
      ...placeOf(data ?? item),
      severity: "invalid",
      message: `Cannot use data: ${why}; ${advice}`,
    });
  }
  const parts = values.toSorted((a, b) => orderOf(a) - orderOf(b)).map((entry) =>
    readConfigMapKey(entry, text, options)
  );
  return {
    source: known?.source ?? "ACKConfigMap",
    path,
    rules: parts.flatMap(({ rules }) => rules),
    problems: [...problems, ...parts.flatMap((part) => part.problems)],
    entries: parts.flatMap((part) => part.entries),
  };
}

function bytesOf(value: YamlNode): number {
  return value.kind === "scalar" ? new TextEncoder().encode(value.text).length : 0;
}

/** For sorting. */
export function orderOf({ key }: { readonly key: string }): number {
  return SECTIONS.findIndex((section) => section === key);
}

type Part = Pick<MappingDocument, "rules" | "problems" | "entries">;

/** A `|` block is read where it stands, so its lines are the file's. Any other text has one place: where it starts. */
function readConfigMapKey({ key, value, line, column }: YamlEntry, text: string, options: Options): Part {
  if (!SECTIONS.some((section) => section === key)) {
    const { problems } = parseConfigMap({ [key]: "" }, options);
    return { rules: [], problems: problems.map((problem) => ({ ...problem, line, column })), entries: [] };
  }
  const block = blockText(value, text);
  // Where a text belongs, the API server reads null as an empty one.
  const { rules, problems } = parseConfigMap({ [key]: block ?? (isNull(value) ? "" : plainOf(value)) }, options);
  const entries = entriesIn(block ?? (value.kind === "scalar" ? value.value : undefined))
    .map((entry): WrittenEntry => ({ ...entry, section: key as Section }));
  if (block !== undefined) {
    const put = <T extends Place>(thing: T): T => thing.line === 1 ? { ...thing, line, column } : thing;
    return { rules, problems: problems.map(put), entries };
  }
  const at = placeOf(value);
  return {
    rules: rules.map((rule) => ({ ...rule, ...at })),
    problems: problems.map((problem) => ({
      ...problem,
      ...at,
      message: problem.line === 1 ? problem.message : `Line ${problem.line} of the text: ${problem.message}`,
    })),
    entries: entries.map((entry) => ({ ...entry, ...at })),
  };
}

/** The text of a `|` block, with an empty line instead of each line above it, and the indentation it has. */
function blockText(value: YamlNode, text: string): string | undefined {
  if (value.kind !== "scalar" || typeof value.value !== "string" || value.value.trim() === "") return undefined;
  const lines = text.split("\n");
  const header = lines[value.line - 1]?.slice(value.column - 1) ?? "";
  if (!/^\|[-+]?\s*(#.*)?$/.test(header)) return undefined;
  const body = lines.slice(value.line, value.line + value.value.trimEnd().split("\n").length);
  return `${"\n".repeat(value.line)}${body.join("\n")}\n`;
}

/** The entries of a section's text as they were written; none where it cannot be read. */
export function entriesIn(text: unknown): readonly YamlNode[] {
  try {
    const section = typeof text === "string" ? parseYaml(text) : undefined;
    return section?.kind === "list" ? section.items : [];
  } catch (error) {
    if (error instanceof YamlError) return [];
    throw error;
  }
}
