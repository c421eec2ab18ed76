/**
 * A ConfigMap in a file. Its lines are counted in the file, so that a message leads to the place that an editor shows.
 *
 * @module
 */

import { CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { strayProblem, straySections } from "../../mapping/forms/config_map_sections.ts";
import { parseConfigMap } from "../../mapping/forms/config_map_text.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import type { WrittenEntry } from "../../mapping/explain/explain.ts";
import { type Place, placeOf } from "../../mapping/problem.ts";
import { type Section, SECTIONS } from "../../mapping/rule.ts";
import { parseEntries } from "../../yaml/entries.ts";
import { type Position, type YamlEntry, YamlError, type YamlNode } from "../../yaml/read.ts";
import { configMapOf, warnOfHead, whyUnused } from "./config_map_use.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { isNull, plainOf, textAt, valueAt } from "../../yaml/access.ts";

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
  const data = valueAt(item, "data");
  const values = data?.kind === "map" ? data.entries : [];
  const parts = values.toSorted((a, b) => orderOf(a) - orderOf(b)).map((entry) =>
    readConfigMapKey(entry, text, options)
  );
  const strays = straySections(plainOf(item) as Readonly<Record<string, unknown>>)
    .map((stray) => strayProblem(stray, placeOfKeys(item, stray.keys)));
  return {
    source: configMapOf(item)?.source ?? "ACKConfigMap",
    path,
    rules: parts.flatMap(({ rules }) => rules),
    problems: [...warnOfHead(item), ...strays, ...parts.flatMap((part) => part.problems)],
    entries: parts.flatMap((part) => part.entries),
    unused: whyUnused(item),
  };
}

function placeOfKeys(item: YamlNode, keys: readonly string[]): Position {
  const [key, ...rest] = keys;
  const entry = item.kind === "map" ? item.entries.find((entry) => entry.key === key) : undefined;
  if (entry === undefined) return item;
  return rest.length === 0 ? entry : placeOfKeys(entry.value, rest);
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
export function blockText(value: YamlNode, text: string): string | undefined {
  if (value.kind !== "scalar" || typeof value.value !== "string" || value.value.trim() === "") return undefined;
  const lines = text.split("\n");
  const header = lines[value.line - 1]?.slice(value.column - 1) ?? "";
  if (!/^\|[-+]?\s*(#.*)?$/.test(header)) return undefined;
  const body = lines.slice(value.line, value.line + value.value.trimEnd().split("\n").length);
  return `${"\n".repeat(value.line)}${body.join("\n")}\n`;
}

/** The entries of a section's text as they were written, broken ones as text; none where it cannot be read. */
export function entriesIn(text: unknown): readonly YamlNode[] {
  try {
    const section = typeof text === "string" ? parseEntries(text) : undefined;
    return section?.kind === "list" ? section.items : [];
  } catch (error) {
    if (error instanceof YamlError) return [];
    throw error;
  }
}
