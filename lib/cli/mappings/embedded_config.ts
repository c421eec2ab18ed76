/**
 * A ConfigMap that embeds a config file, as aws-iam-authenticator's example has it (its deploy/example.yaml,
 * `data["config.yaml"]`): a server gets it as its config file where the ConfigMap is mounted.
 *
 * @module
 */

import { inspectConfig } from "../../config/file.ts";
import { sectionsInFile } from "../../config/mapping_sections.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import { type Place, placeOf } from "../../mapping/problem.ts";
import { parseRules } from "../../mapping/rules.ts";
import { quoted } from "../../quote.ts";
import { textAt, valueAt } from "../../yaml/access.ts";
import { parseYaml, type YamlEntry, YamlError, type YamlNode } from "../../yaml/read.ts";
import { blockText } from "./config_map_document.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { entriesOfAll } from "./section_entries.ts";

/** The keys of a config file without which it is none. */
const TOP_KEYS: readonly string[] = ["clusterid", "server"];

/** The values of a ConfigMap's data that are config files. */
export function embeddedConfigs(item: YamlNode): readonly YamlEntry[] {
  const data = textAt(item, "kind") === "ConfigMap" ? valueAt(item, "data") : undefined;
  if (data?.kind !== "map") return [];
  return data.entries.filter(({ value }) => {
    if (value.kind !== "scalar" || typeof value.value !== "string") return false;
    const root = readText(value.value);
    return root instanceof YamlError
      ? /^(?:clusterid|server):/im.test(value.value)
      : root.kind === "map" && root.entries.some(({ key }) => TOP_KEYS.includes(foldAsciiCase(key)));
  });
}

/** Reads one of them. Lines are those of the file. Never throws for what it holds. */
export function readEmbeddedConfig(
  { key, value }: YamlEntry,
  { path, text }: Pick<YamlFile, "path" | "text">,
  options: { readonly clouds: readonly ArnReader[] },
): MappingDocument {
  const block = blockText(value, text);
  const put = <T extends Place>(thing: T): T => block === undefined ? { ...thing, ...placeOf(value) } : thing;
  const document = { source: "MountedFile", path, rules: [], entries: [] } as const;
  const message = `Read as the config file ${quoted(key)}, which a server gets where this ConfigMap is mounted; ` +
    "give it to the server with -c";
  const detour = { ...placeOf(value), severity: "notice", message } as const;
  const root = readText(block ?? (value.kind === "scalar" ? String(value.value) : ""));
  if (root instanceof YamlError) {
    return { ...document, problems: root.problems.map((problem) => put({ ...problem, severity: "invalid" as const })) };
  }
  const { values, problems: ofKeys } = inspectConfig(path, root);
  const sections = sectionsInFile(values);
  const { rules, problems } = parseRules(sections, options);
  return {
    ...document,
    rules: rules.map(put),
    problems: [...ofKeys.map((problem) => ({ ...problem, severity: "invalid" as const })), ...problems].map(put)
      .concat(detour),
    entries: entriesOfAll(sections).map((entry) => put(entry)),
    detour,
  };
}

function readText(text: string): YamlNode | YamlError {
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
}
