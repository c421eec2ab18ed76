/**
 * Mappings in the files of tools that set up clusters. No server reads such a file: the tool writes what it says to where
 * a server looks. Here it is read for the operator, to be checked before, and converted where the tool is given up.
 *
 * @module
 */

import type { YamlEntry, YamlNode } from "../../yaml/read.ts";
import { isNull, valueAt } from "../../yaml/access.ts";
import type { BackendMode } from "../backend_mode.ts";
import type { ArnReader } from "../entry.ts";
import { kindOf } from "../fields.ts";
import { type MappingProblem, placeOf } from "../problem.ts";
import type { Rule, Section } from "../rule.ts";

/** A form of one tool. */
export interface ForeignForm {
  /** The tool, as people call it. */
  readonly tool: string;
  /** The group of its `apiVersion`; the versions do not differ in what is read. */
  readonly group: string;
  readonly kind: string;
  /** The source of a server that reads what the tool makes of the file. */
  readonly source: BackendMode;
  /** What the tool makes of it, in words that follow its name. */
  readonly makes: string;
  /** Reads a manifest of the kind. Never throws for what it holds. */
  readonly read: (manifest: YamlNode, options: { readonly clouds: readonly ArnReader[] }) => ForeignMappings;
}

/** What a manifest says. */
export interface ForeignMappings {
  readonly rules: readonly Rule[];
  /** What is wrong with its mappings, and what the tool does for them that a server does not. */
  readonly problems: readonly MappingProblem[];
  /** The entries as they were written, and the section in which each belongs. */
  readonly entries: readonly (YamlNode & { readonly section?: Section })[];
}

/** The value at the end of a path of keys; `undefined` where one of them is missing or without a value. */
export function valueAlong(node: YamlNode, keys: readonly string[]): YamlNode | undefined {
  const found = keys.reduce<YamlNode | undefined>((at, key) => at && valueAt(at, key), node);
  return found === undefined || isNull(found) ? undefined : found;
}

/** The items of the list at the end of a path, or what is wrong with it. */
export function itemsAlong(
  manifest: YamlNode,
  keys: readonly string[],
): { readonly items: readonly YamlNode[]; readonly problems: readonly MappingProblem[] } {
  const path = keys.join(".");
  const list = valueAlong(manifest, keys);
  if (list?.kind === "list") return { items: list.items, problems: [] };
  if (list === undefined) return { items: [], problems: [notice(manifest, `It has no mappings: ${path} is missing`)] };
  const message = `Cannot use ${path}: it is ${kindOf(list)}; write a list of entries`;
  return { items: [], problems: [{ ...placeOf(list), severity: "invalid", message }] };
}

/** Something that a server does not do as the tool does. */
export function notice(at: YamlNode | YamlEntry, message: string): MappingProblem {
  return { ...placeOf(at), severity: "notice", message };
}

/** A setting that belongs in the server's config file, and is not read here. */
export function settingNotice(
  manifest: YamlNode,
  keys: readonly string[],
  advice: (value: string) => string,
): readonly MappingProblem[] {
  const value = valueAlong(manifest, keys);
  if (value === undefined) return [];
  const items = value.kind === "list" ? value.items : [value];
  const text = items.flatMap((item) => item.kind === "scalar" ? [item.text] : []).join(", ");
  return [notice(value, `${keys.join(".")} is a setting, and is not read here; ${advice(text)}`)];
}
