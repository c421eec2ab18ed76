/**
 * The slips that people make in YAML most often, found in the lines round a place where it broke: one message in the
 * words of the file, with the place to correct. Guesses, and decides nothing: the text is refused already.
 *
 * @module
 */

import { characterName } from "../character_name.ts";
import { quoted } from "../quote.ts";
import type { YamlProblem } from "./node.ts";

/** The lines round a fault. All numbers are indexes into `lines`. */
export interface FaultyLines {
  readonly lines: readonly string[];
  /** The entry of a list that holds the fault, or else the whole text: its first line, and the one behind it. */
  readonly start: number;
  readonly end: number;
  /** The line that the fault was found on. */
  readonly at: number;
}

/** Looks for one slip; its place is counted from 1. */
type FindSlip = (place: FaultyLines) => YamlProblem | undefined;

/** A key with its colon, perhaps behind dashes: what is before it, the key, and what follows. */
const KEY_LINE = /^(?<lead>\s*(?:-\s+)*)(?<key>"[^"]*"|'[^']*'|[\w.-]+)\s*:(?=\s|$)(?<rest>.*)$/;

/** An item with a key on its line: the start of an entry. */
const ENTRY_LINE = /^(?<indent>\s*)-\s+(?:"[^"]*"|'[^']*'|[\w.-]+)\s*:(?:\s|$)/;

/** What begins a value that is not plain text. */
const NOT_PLAIN = /^["'[\]{}&*!|>#%@`,]/;

/** White space that is no indentation to YAML, or that looks like one. */
const ODD_SPACE = /[\t\u{200b}\u{2060}\u{feff}]|(?! )\p{Zs}/u;

/** Each slip, the surest first. */
const SLIPS: readonly FindSlip[] = [
  oddIndentation,
  typographicQuote,
  bracesAt,
  missingSpace,
  colonInValue,
  deeperLine,
  shallowerLine,
];

/** Whether a character looks like a space, or like nothing, and is no indentation. */
export function isOddSpace(character: string): boolean {
  return ODD_SPACE.test(character);
}

/** The slip at a fault, where it is one of those that are known. */
export function slipAt(place: FaultyLines): YamlProblem | undefined {
  for (const find of SLIPS) {
    const found = find(place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a line begins an entry of a list, and how far it is indented; `undefined` where it does not. */
export function entryIndent(line: string): number | undefined {
  return ENTRY_LINE.exec(line)?.groups?.indent?.length;
}

/** What `kubectl describe` prints looks like YAML, and of a resource it even is. */
export const DESCRIBED = 'This is the output of "kubectl describe", not YAML; write that of "kubectl get -o yaml"';

/** What the whole text is, where it is not YAML at all: a pattern that shows it where it begins, and what to do. */
const NOT_YAML: readonly (readonly [RegExp, string])[] = [
  [
    /^Name: {2,}\S.*\n(?=(?:.*\n){0,3}Labels: {2,})(?=(?:.*\n)*Annotations: {2,})/m,
    DESCRIBED,
  ],
  [/^(?:<{7}|>{7})(?: |$)/m, "This line marks a merge conflict; resolve it"],
  [
    /^\s*\{\{-?\s*(?:if|else|end|range|with|define|include|template|block|\/\*)\b.*$/m,
    "This line is part of a template, which another tool has to fill in first",
  ],
];

/** What the whole text is in place of YAML, and the offset where that shows; `undefined` where it is none of those. */
export function slipOfAll(text: string): { readonly offset: number; readonly message: string } | undefined {
  for (const [pattern, message] of NOT_YAML) {
    const found = pattern.exec(text);
    if (found !== null) return { offset: found.index, message };
  }
  return undefined;
}

function oddIndentation({ lines, start, end, at }: FaultyLines): YamlProblem | undefined {
  // JSON may be indented with tabs.
  if (/^\s*[[{]/.test(lines.find(isContent) ?? "")) return undefined;
  for (let i = start; i < Math.min(end, at + 2); i += 1) {
    const [indent, odd] = /^ *([^])/u.exec(lines[i]!) ?? [];
    if (odd === undefined || !isOddSpace(odd) || !isContent(lines[i]!)) continue;
    const message = `This line is indented with a ${characterName(odd)}; write spaces`;
    return problem(i, indent!.length - 1, message);
  }
  return undefined;
}

function typographicQuote({ lines, start, at }: FaultyLines): YamlProblem | undefined {
  for (let i = start; i <= at; i += 1) {
    const quote = /(?:[:\-[,{]\s*|^\s*)(?<open>[“”„‟‘’‚‛«»])|"[^"“”„‟]*(?<close>[“”„‟])|'[^'‘’‚‛]*(?<end>[‘’‚‛])/
      .exec(lines[i] ?? "")?.groups;
    const found = quote?.open ?? quote?.close ?? quote?.end;
    if (found === undefined) continue;
    const message = `The typographic quote ${characterName(found)} is a letter like others to YAML; write " or '`;
    return problem(i, lines[i]!.indexOf(found), message);
  }
  return undefined;
}

/** A placeholder that begins a value without quotes. */
export function bracesAt({ lines, start, at }: FaultyLines): YamlProblem | undefined {
  for (let i = at; i >= start; i -= 1) {
    const found = /^(?<lead>\s*|.*?(?:[:\-,]\s+|\[\s*))(?<value>\{\{[^}]*\}{0,2}[^\s,\]]*)/.exec(lines[i] ?? "")
      ?.groups;
    const { lead, value } = (found ?? {}) as { readonly lead?: string; readonly value: string };
    // Within quotes, or behind a comment, braces are text.
    if (lead === undefined || /#|^(?:[^"]*"[^"]*")*[^"]*"[^"]*$|^(?:[^']*'[^']*')*[^']*'[^']*$/.test(lead)) continue;
    const told = unquoted(value);
    return problem(i, lead.length, `Without quotes ${told} is a map; put ${told} in quotes`);
  }
  return undefined;
}

function missingSpace({ lines, at }: FaultyLines): YamlProblem | undefined {
  const found = /^(?<lead>\s*(?:-\s+)?)(?<key>[A-Za-z]\w*):(?<value>(?!\/\/)[^\s:].*)$/.exec(lines[at] ?? "")?.groups;
  if (found === undefined) return undefined;
  return problem(at, found.lead!.length, `The colon behind ${quoted(found.key!)} needs a space after it`);
}

function colonInValue({ lines, at }: FaultyLines): YamlProblem | undefined {
  const rest = KEY_LINE.exec(lines[at] ?? "")?.groups?.rest?.trimStart() ?? "";
  const value = rest.replace(/\s+#.*$|\s+$/, "");
  if (value === "" || NOT_PLAIN.test(value)) return undefined;
  const why = value.endsWith(":") ? "ends in a colon" : /:\s/.test(value) ? "holds a colon with a space behind it" : "";
  if (why === "") return undefined;
  return problem(at, lines[at]!.length - rest.length, `The value ${quoted(value)} ${why}; put it in quotes`);
}

/** A key or an item that stands deeper than what is above it, which has a value already. */
function deeperLine({ lines, start, end, at }: FaultyLines): YamlProblem | undefined {
  for (const below of [at, nextLine(lines, at, end)]) {
    const above = previousLine(lines, below, 0);
    if (below === undefined || above === undefined) continue;
    const item = entryIndent(lines[below]!);
    const [keyBelow, keyAbove] = [KEY_LINE.exec(lines[below]!), KEY_LINE.exec(lines[above]!)];
    if (item !== undefined) {
      const before = entryIndent(lines[previousEntry(lines, below, item) ?? -1] ?? "");
      if (before === undefined || item <= before) continue;
      return problem(
        below,
        item,
        `This entry is indented ${spaces(item - before)} more than the one before it; align it`,
      );
    }
    if (keyBelow === null || keyAbove === null || above < start || keyAbove.groups!.rest!.trim() === "") continue;
    const [indent, wanted] = [keyBelow.groups!.lead!.length, keyAbove.groups!.lead!.length];
    if (indent <= wanted) continue;
    return problem(below, indent, `This line is indented ${spaces(indent - wanted)} more than its entry; align it`);
  }
  return undefined;
}

function shallowerLine({ lines, start, at }: FaultyLines): YamlProblem | undefined {
  const item = entryIndent(lines[at] ?? "");
  if (item !== undefined) {
    const before = entryIndent(lines[previousEntry(lines, at, Infinity) ?? -1] ?? "");
    if (before === undefined || item >= before) return undefined;
    return problem(at, item, `This entry is indented ${spaces(before - item)} less than the one before it; align it`);
  }
  const key = KEY_LINE.exec(lines[at] ?? "");
  const first = KEY_LINE.exec(lines[start] ?? "");
  if (key === null || first === null || entryIndent(lines[start]!) === undefined || at === start) return undefined;
  const [indent, wanted] = [key.groups!.lead!.length, first.groups!.lead!.length];
  if (indent >= wanted) return undefined;
  return problem(at, indent, `This line is indented ${spaces(wanted - indent)} less than its entry; align it`);
}

/** The entry before a line that it is compared with: of several, the nearest that is not deeper than `most`. */
function previousEntry(lines: readonly string[], at: number, most: number): number | undefined {
  for (let i = at - 1; i >= 0; i -= 1) {
    const indent = entryIndent(lines[i]!);
    if (indent !== undefined && indent <= most) return i;
  }
  return undefined;
}

function nextLine(lines: readonly string[], at: number, end: number): number | undefined {
  for (let i = at + 1; i < end; i += 1) if (isContent(lines[i]!)) return i;
  return undefined;
}

function previousLine(lines: readonly string[], at: number | undefined, start: number): number | undefined {
  for (let i = (at ?? 0) - 1; i >= start; i -= 1) if (isContent(lines[i]!)) return i;
  return undefined;
}

function isContent(line: string): boolean {
  return !/^\s*(?:#.*)?$/.test(line);
}

/** A number of spaces in words. */
export function spaces(count: number): string {
  return count === 1 ? "one space" : `${count} spaces`;
}

/** A value that cannot be mistaken for a part of the sentence, as it stands in the text. */
function unquoted(value: string): string {
  return quoted(value).slice(1, -1);
}

function problem(line: number, column: number, message: string): YamlProblem {
  return { line: line + 1, column: column + 1, message };
}
