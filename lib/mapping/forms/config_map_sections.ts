/**
 * The form of `alibabacloud-auth` and `aws-auth`: a ConfigMap whose data holds one YAML text for each section. Knows
 * nothing of the API server.
 *
 * @module
 */

import type { Steps } from "../../steps.ts";
import { nearest } from "../../nearest.ts";
import { isBroken, type Position, YamlError, type YamlNode } from "../../yaml/node.ts";
import type { ArnReader } from "../entry.ts";
import { type MappingProblem } from "../problem.ts";
import { bySection, type Section, SECTIONS } from "../rule.ts";
import { refusedByText } from "../refused_by_text.ts";
import { type ParsedRules, parsingRules } from "../rules.ts";
import { quoted } from "../../quote.ts";

/** Most faults of one text that are reported: the rest mostly follows from them. */
const MAX_YAML_PROBLEMS = 5;

/** Editors of Windows leave it; to YAML it would be one column of the first line. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/** A thing that concerns the ConfigMap as a whole has no line of its own. */
const NOWHERE = { line: 1, column: 1 };

/** The texts of the sections that are there. */
export function textsOf(data: unknown): Partial<Readonly<Record<Section, string>>> {
  return bySection((section) => {
    const text = valueOf(data, section);
    return typeof text === "string" ? text.replace(BYTE_ORDER_MARK, "") : undefined;
  }) as Partial<Record<Section, string>>;
}

/**
 * Reads the value of `data`. An entry that is not YAML takes no other entry with it, wherever the entries can be told
 * apart. A section that cannot be read is listed in `unreadable`, and takes no other section with it; its rules are
 * refusals of whom its text names, for the case that nothing better is known of them.
 * Lines are counted in the text of their section, which every message names.
 *
 * Trust: whoever can write the ConfigMap.
 *
 * @param readings the texts of {@linkcode textsOf}, read as YAML
 */
export function* rulesOfConfigMap(
  data: unknown,
  readings: Readonly<Record<Section, YamlNode | YamlError | undefined>>,
  { clouds }: { readonly clouds: readonly ArnReader[] },
): Steps<ParsedRules> {
  const problems: MappingProblem[] = [];
  const unreadable: Section[] = [];
  const refuse = (section: Section, at: { line: number; column: number }, why: string): undefined => {
    const { line, column } = at;
    problems.push({ line, column, severity: "invalid", message: `Cannot use ${section}: ${why}` });
    if (!unreadable.includes(section)) unreadable.push(section);
  };
  const read = (section: Section): YamlNode | undefined => {
    const text = valueOf(data, section);
    if (text === undefined) return undefined;
    if (typeof text !== "string") {
      return refuse(section, NOWHERE, `it is not a string; write the list as a YAML string`);
    }
    const node = readings[section];
    if (node instanceof YamlError) {
      for (const { line, column, message } of node.problems.slice(0, MAX_YAML_PROBLEMS)) {
        refuse(section, { line, column }, message);
      }
      return undefined;
    }
    if (node?.kind === "list" && tellsNothing(node.items, clouds)) {
      for (
        const { line, column, message } of node.items.filter(isBroken).flatMap(({ broken }) => broken).slice(
          0,
          MAX_YAML_PROBLEMS,
        )
      ) {
        refuse(section, { line, column }, message);
      }
      return undefined;
    }
    if (node?.kind !== "scalar" || typeof node.value !== "string") return node;
    // As in aws-iam-authenticator (its pull request 623): an empty text in quotes is an empty section.
    if (node.value.trim() === "") return undefined;
    const why = `it is a text within a text; write the list below "${section}: |", without quotes`;
    return refuse(section, node, why);
  };
  const parsed = yield* parsingRules(bySection(read), { clouds });
  const all = SECTIONS.filter((section) => unreadable.includes(section) || parsed.unreadable.includes(section));
  const refusals = all.flatMap((section) => {
    const text = valueOf(data, section);
    if (typeof text !== "string" || section === "mapAccounts") return [];
    return refusedByText(text, { clouds, at: NOWHERE, why: `${section} cannot be read` }).rules;
  });
  return {
    rules: parsed.rules.concat(refusals),
    problems: warnOfUnknownKeys(Object.keys(isObject(data) ? data : {})).concat(problems, parsed.problems),
    unreadable: all,
    lost: parsed.lost,
  };
}

/** Whether not one entry is YAML, and it is not even clear whom they are all for: such a text says nothing new. */
function tellsNothing(items: readonly YamlNode[], clouds: readonly ArnReader[]): boolean {
  const broken = items.filter(isBroken);
  return broken.length > 0 && broken.length === items.length &&
    broken.some((item) => refusedByText(item.text, { clouds, at: item, why: "" }).isLost);
}

/** A section that stands where no source looks for it. */
export interface StraySection {
  readonly section: Section;
  /** The keys that lead to it from the top of the ConfigMap, its own last. */
  readonly keys: readonly string[];
}

/** Deepest nesting of a ConfigMap that is looked at; that of `metadata.annotations`. */
const MAX_DEPTH = 3;

/**
 * The sections of a ConfigMap that stand beside `data`, where alone they are read: of a manifest everywhere, of an
 * object of an API server, which drops keys that it does not know, in `binaryData`.
 */
export function straySections(configMap: Readonly<Record<string, unknown>>): readonly StraySection[] {
  const look = (value: unknown, above: readonly string[]): readonly StraySection[] =>
    !isObject(value) || above.length >= MAX_DEPTH ? [] : Object.entries(value).flatMap(([key, inner]) => {
      if (key === "data" && above.length === 0) return [];
      const keys = [...above, key];
      const section = SECTIONS.find((name) => name === key);
      return section === undefined ? look(inner, keys) : [{ section, keys }];
    });
  return look(configMap, []);
}

/** That a section stands where no source looks for it. */
export function strayProblem({ section, keys }: StraySection, at: Position = NOWHERE): MappingProblem {
  const where = keys.length === 1 ? "beside data" : `in ${keys.slice(0, -1).map(quoted).join(".")}`;
  const message = `Cannot use ${section}: it stands ${where}, where no source looks; move it into data`;
  return { line: at.line, column: at.column, severity: "invalid", message };
}

/** Keys of others may be in the same ConfigMap, so only what looks like a slip is reported. */
function warnOfUnknownKeys(keys: readonly string[]): MappingProblem[] {
  return keys.flatMap((key) => {
    const meant = SECTIONS.some((section) => section === key) ? undefined : nearest(key, SECTIONS);
    if (meant === undefined) return [];
    const message = `Nothing is read from the key ${quoted(key)} of data; did you mean "${meant}"?`;
    return [{ ...NOWHERE, severity: "warning", message }];
  });
}

function valueOf(data: unknown, section: Section): unknown {
  const texts = isObject(data) ? data : {};
  return Object.hasOwn(texts, section) ? texts[section] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
