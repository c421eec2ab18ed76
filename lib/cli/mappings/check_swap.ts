/**
 * `ram-auth check --as <server>`: each entry that means something else to the server that people move from, for whom, and
 * what a swap changes for them. The files are read as they are checked without the option.
 *
 * @module
 */

import { loadCloud, loadClouds } from "../../clouds/registry.ts";
import { ConfigError, configValues, inFile } from "../../config/file.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { sectionsInFile } from "../../config/mapping_sections.ts";
import { serverSettingsOf } from "../../config/settings.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { CloudId } from "../../identity/identity.ts";
import { CONFIG_MAP_ALIAS, configMapMode } from "../../mapping/backend_mode.ts";
import { createNamePolicy } from "../../mapping/name_policy.ts";
import { parseReservedPrefixes, type ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { parseRules } from "../../mapping/rules.ts";
import {
  aliasDifference,
  type Difference,
  differencesFrom,
  mostDangerousFirst,
} from "../../mapping/swap/differences.ts";
import { DIFFERENCES, type Effect } from "../../mapping/swap/kinds.ts";
import { OLD_TOOLS, type OldTool } from "../../mapping/swap/old_tools.ts";
import { jsonLines, printable } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { type MappingDocument, soleDocument, type YamlFile } from "./document.ts";
import { readDocuments, readDynamicFile } from "./read_documents.ts";
import { entriesOfAll } from "./section_entries.ts";
import { readYamlFile } from "./read_sources.ts";

/** A difference, and the file that holds the entry. */
export type Located = Difference & { readonly path: string };

/** What to look at, and how to print it. */
export interface SwapCheck {
  readonly tool: OldTool;
  /** The config file first, where there is one: what it reserves holds for the others. */
  readonly paths: readonly string[];
  readonly output: "text" | "json";
}

/**
 * Prints the differences, the most dangerous first. Exit code 1 where somebody may gain rights.
 *
 * @throws {FileError} {ConfigError} if a file cannot be read or is of no form that holds mappings
 */
export async function checkSwap({ tool, paths, output }: SwapCheck, world: World): Promise<number> {
  const found: Located[] = [];
  let reserved: ReservedPrefixes = new Map();
  for (const path of paths) {
    const read = await differencesOfFile(await readYamlFile(world, path), { tool, reserved, world });
    found.push(...read.differences);
    reserved = read.reserved;
  }
  const differences = mostDangerousFirst(found);
  const ok = differences.every(({ effect }) => effect !== "more");
  world.stdout.write(
    output === "json"
      ? jsonLines({ ok, tool, differences: differences.map(explained) })
      : `${differences.map((difference) => lineOf(difference, tool)).join("")}${summaryOf(differences, tool)}\n`,
  );
  return ok ? 0 : 1;
}

/** The differences of one file, of any form; and what it reserves, or what was reserved before. */
export async function differencesOfFile(
  file: YamlFile,
  { tool, reserved, world }: {
    readonly tool: OldTool;
    readonly reserved: ReservedPrefixes;
    readonly world: World;
  },
): Promise<{ readonly differences: readonly Located[]; readonly reserved: ReservedPrefixes }> {
  const clouds = await loadClouds();
  const documents = inFile(file.path, () => readDocuments(file, { clouds, userIdStrict: false }));
  const compare = (documents: readonly MappingDocument[], reserved: ReservedPrefixes) =>
    documents.flatMap(({ source, path, entries, rules }) =>
      differencesFrom(tool, { source, entries, rules, policy: createNamePolicy(source, reserved), clouds })
        .map((difference): Located => ({ ...difference, path }))
    );
  const foreign = documents?.find(({ isForeign }) => isForeign)?.detour;
  if (foreign !== undefined) {
    const message =
      `Cannot compare what ${tool} does not read itself either; give what this becomes: ${foreign.message}`;
    throw new ConfigError(file.path, [{ ...foreign, message }]);
  }
  if (documents !== undefined) return { differences: compare(documents, reserved), reserved };
  const { path } = file;
  const root = soleDocument(file);
  const values = configValues(path, root);
  const inForce = acceptedClouds(await serverSettingsOf(values)).clouds;
  const own = parseReservedPrefixes(values.get("reserved-prefix-config")?.value as YamlNode | undefined, inForce);
  const sections = sectionsInFile(values);
  const entries = entriesOfAll(sections);
  const accepted = values.get("clouds")?.value as readonly Parameters<typeof loadCloud>[0][] | undefined;
  const { rules } = parseRules(sections, { clouds: await Promise.all(accepted?.map(loadCloud) ?? clouds) });
  const dynamicPath = values.get("dynamic-file")?.value;
  const dynamicFile = typeof dynamicPath === "string" ? await readYamlFile(world, dynamicPath) : undefined;
  const dynamic = dynamicFile === undefined
    ? []
    : [inFile(dynamicFile.path, () => readDynamicFile(dynamicFile, { clouds, userIdStrict: false }))];
  const differences = [
    ...aliasesIn(root, inForce).flatMap((node) => aliasDifference(tool, node)).map((found): Located => ({
      ...found,
      path,
    })),
    ...compare([{ source: "MountedFile", path, entries, rules, problems: [] }, ...dynamic], own),
  ];
  return { differences, reserved: own };
}

/** Where the file names a source `ConfigMap`, and means another cloud's than aws-iam-authenticator does. */
function aliasesIn(root: YamlNode, clouds: readonly CloudId[]): readonly YamlNode[] {
  const server = valueOf(root, "server");
  const modes = itemsOf(valueOf(server, "backendMode"));
  const reserved = itemsOf(valueOf(server, "reservedPrefixConfig")).map((entry) => valueOf(entry, "backendMode"));
  return [modes, reserved.filter((node) => node !== undefined)].flatMap((list) => {
    const names = list.flatMap((node) => node.kind === "scalar" ? [node.text] : []);
    const isOwn = configMapMode(names, clouds) === "EKSConfigMap";
    return isOwn ? [] : list.filter((node) => node.kind === "scalar" && node.value === CONFIG_MAP_ALIAS);
  });
}

/** A key of the config file, in any case. */
function valueOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  if (node?.kind !== "map") return undefined;
  return node.entries.find((entry) => foldAsciiCase(entry.key) === foldAsciiCase(key))?.value;
}

function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node === undefined ? [] : node.kind === "list" ? node.items : [node];
}

function explained(difference: Located) {
  const { before, now, advice } = DIFFERENCES[difference.code];
  return { ...difference, before, now, advice };
}

function lineOf({ path, line, column, resource, code, effect, whom, instead }: Located, tool: OldTool): string {
  const { before, now, advice } = DIFFERENCES[code];
  const what = resource === undefined ? "" : `resource "${resource}": `;
  const by = instead === undefined ? "" : `, and the rule at line ${instead} counts`;
  const text = `${path}:${line}:${column}: ${EFFECTS[effect]}: ${what}for ${whom === "*" ? "everybody" : whom}: ` +
    `${tool} ${before}; ram-auth ${now}${by}; ${advice}`;
  return `${printable(text)}\n`;
}

const EFFECTS: Readonly<Record<Effect, string>> = {
  more: "more rights",
  other: "another name",
  less: "fewer rights",
};

function summaryOf(differences: readonly Located[], tool: OldTool): string {
  const { length } = differences;
  if (length === 0) return `every entry means the same to ${tool} (${OLD_TOOLS[tool].version}) and to ram-auth`;
  const counts = (Object.keys(EFFECTS) as Effect[]).flatMap((effect) => {
    const count = differences.filter((difference) => difference.effect === effect).length;
    return count === 0 ? [] : [`${count} ${EFFECTS[effect]}`];
  });
  return `${length} ${length === 1 ? "difference" : "differences"} from ${tool}: ${counts.join(", ")}`;
}
