/**
 * Adds a mapping to the text of a section (`data.mapRoles`, `data.mapUsers`) or takes one out; text in, text out. Every
 * other byte stays: comments, other entries, and those that ram-auth cannot use.
 *
 * @module
 */

import { ArnError } from "../../clouds/cloud.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { parseYaml, type YamlNode } from "../../yaml/read.ts";
import { parseArnEntry } from "../arn_entry.ts";
import type { ArnReader, ArnSection } from "../entry.ts";
import { appendItem, cutItem, itemText, readItems } from "../../yaml/list.ts";
import type { ItemFields } from "../../yaml/item_style.ts";
import { CONFIG_MAP_ARN_KEYS, CONFIG_MAPS } from "./config_map_names.ts";
import { type Accepted, judgeRules } from "../judge_rules.ts";
import { createNamePolicy } from "../name_policy.ts";
import { type ArnRule, bySection } from "../rule.ts";
import { parseRules } from "../rules.ts";

/** A mapping to add. Trust: an operator wrote it. */
export interface NewEntry {
  readonly section: ArnSection;
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** An entry that is in the section. */
export interface FoundEntry {
  /** In the section's text, from 1. */
  readonly line: number;
  /** Its lines as they stand. Trust: whoever may write the ConfigMap chose them. */
  readonly text: string;
}

/** The cloud of the entries. */
type EditedCloud = ArnReader & Accepted["clouds"][number];

/** What became of an addition. */
export type Addition =
  | { readonly outcome: "added"; readonly text: string; readonly warnings: readonly string[] }
  /** It says the same already. */
  | { readonly outcome: "there"; readonly entry: FoundEntry }
  /** Its ARN is mapped already, to something else. */
  | { readonly outcome: "taken"; readonly entry: FoundEntry };

/** What is wrong with an entry, each in words that follow a colon; empty where it can be added. */
export function entryFaults(entry: NewEntry, cloud: ArnReader): readonly string[] {
  const faults: string[] = [];
  readEntry(parseYaml(JSON.stringify(fieldsOf(entry))), entry.section, cloud, faults);
  return faults;
}

/**
 * Adds an entry at the end of the section, unless its ARN is there: in any case, and after what STS does not tell (the
 * path of a role) is dropped.
 *
 * @param text `undefined` where the ConfigMap or the section is missing
 * @throws {YamlEditError} if the text does not parse, or cannot be edited without other changes
 */
export function addEntry(text: string | undefined, entry: NewEntry, cloud: EditedCloud): Addition {
  const before = text ?? "";
  const items = readItems(before);
  const at = findArn(items, entry, cloud)[0];
  if (at !== undefined) {
    const found = { line: items[at]!.line, text: itemText(before, at) };
    const rule = readEntry(items[at]!, entry.section, cloud);
    return { outcome: rule !== undefined && saysTheSame(rule, entry) ? "there" : "taken", entry: found };
  }
  const after = appendItem(before, fieldsOf(entry));
  return { outcome: "added", text: after, warnings: warningsOf(readItems(after), entry.section, cloud) };
}

/**
 * Takes out every entry of an ARN, found as {@linkcode addEntry} finds it: after it the section does not map the ARN.
 *
 * @returns `undefined` where there is none
 * @throws {YamlEditError} if the text does not parse, or cannot be edited without other changes
 */
export function removeEntry(
  text: string | undefined,
  entry: Pick<NewEntry, "section" | "arn">,
  cloud: ArnReader,
): { readonly text: string; readonly removed: number } | undefined {
  const found = findArn(readItems(text ?? ""), entry, cloud);
  if (text === undefined || found.length === 0) return undefined;
  return { text: found.reduceRight(cutItem, text), removed: found.length };
}

function fieldsOf({ section, arn, username, groups }: NewEntry): ItemFields {
  return { [CONFIG_MAP_ARN_KEYS[section]]: arn, username, ...(groups.length === 0 ? {} : { groups }) };
}

function readEntry(node: YamlNode, section: ArnSection, cloud: ArnReader, faults: string[] = []): ArnRule | undefined {
  const rule = parseArnEntry(node, { section, clouds: [cloud], fault: (_, why) => void faults.push(why) });
  return rule?.kind === "arn" ? rule : undefined;
}

/** Where the ARN stands. Entries that are invalid count too: to correct one is not to add a second. */
function findArn(
  items: readonly YamlNode[],
  { section, arn }: Pick<NewEntry, "section" | "arn">,
  cloud: ArnReader,
): readonly number[] {
  const wanted = comparable(arn, cloud);
  return items.flatMap((item, i) => {
    const entries = item.kind === "map" ? item.entries : [];
    const names = entries.some(({ key, value }) =>
      foldAsciiCase(key) === CONFIG_MAP_ARN_KEYS[section] && value.kind === "scalar" &&
      comparable(value.text, cloud) === wanted
    );
    return names ? [i] : [];
  });
}

function comparable(arn: string, cloud: ArnReader): string {
  try {
    return foldAsciiCase(cloud.readArnPattern(arn.trim()).canonicalArn);
  } catch (error) {
    if (error instanceof ArnError) return foldAsciiCase(arn.trim());
    throw error;
  }
}

function saysTheSame(rule: ArnRule, { username, groups }: NewEntry): boolean {
  const found = new Set(rule.groups.map(({ source }) => source));
  const wanted = new Set(groups);
  return rule.userId === undefined && rule.username.source === username && found.size === wanted.size &&
    found.isSubsetOf(wanted);
}

/** What the last entry will not do as written, though it can be used. */
function warningsOf(items: readonly YamlNode[], section: ArnSection, cloud: EditedCloud): readonly string[] {
  const { line, column } = items.at(-1)!;
  const list: YamlNode = { kind: "list", items, line: 1, column: 1 };
  const sections = bySection((other) => other === section ? list : undefined);
  const { rules, problems } = parseRules(sections, { clouds: [cloud] });
  const policy = createNamePolicy(CONFIG_MAPS[cloud.id].source, new Map());
  return [...problems, ...judgeRules(rules, { accepted: { clouds: [cloud] }, policy })]
    .filter((problem) => problem.line === line && problem.column === column)
    .map(({ message }) => message);
}
