/**
 * From the faults that the `yaml` package finds in a text to what an operator reads: one problem for each entry of a
 * list, because what follows a fault mostly follows from it.
 *
 * @module
 */

import { Lexer, type LineCounter } from "yaml";
import { faultWords } from "./fault_words.ts";
import type { YamlProblem } from "./node.ts";
import { bracesAt, entryIndent, slipAt, slipOfAll } from "./slips.ts";

/** A fault as the package reports it. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  /** Offsets into the text: where it begins, and the end. */
  readonly pos: readonly [number, number];
}

/** Codes whose own words are exact; what is round such a fault explains nothing. */
const EXACT: ReadonlySet<string> = new Set([
  ...["ALIAS_PROPS", "BAD_ALIAS", "BAD_COLLECTION_TYPE", "BAD_DIRECTIVE", "BAD_DQ_ESCAPE", "BAD_PROP_ORDER"],
  ...["BAD_SCALAR_START", "DUPLICATE_KEY", "KEY_OVER_1024_CHARS", "MULTIPLE_ANCHORS", "MULTIPLE_DOCS", "MULTIPLE_TAGS"],
  ...["RESOURCE_EXHAUSTION", "TAG_RESOLVE_FAILED"],
]);

/** What to tell of the faults of a text, in its order. */
export function diagnose(text: string, faults: readonly Fault[], counter: LineCounter): readonly YamlProblem[] {
  if (faults.length === 0) return [];
  const whole = slipOfAll(text);
  if (whole !== undefined) {
    const { line, col } = counter.linePos(whole.offset);
    return [{ line, column: col, message: whole.message }];
  }
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const problems: YamlProblem[] = [];
  let told = 0;
  for (const { code, message, offset } of inOrder(text, faults)) {
    const { line, col } = counter.linePos(offset);
    const at = line - 1;
    if (at < told) continue;
    const { start, end } = entryAround(lines, at, told);
    told = end;
    const place = { lines, start, end, at };
    const slip = EXACT.has(code) ? undefined : code === "NON_STRING_KEY" ? bracesAt(place) : slipAt(place);
    problems.push(slip ?? { line, column: col, message: faultWords(code, message, text[offset] ?? "") });
  }
  return problems;
}

/** The faults by where each is to be corrected: a quote that is never closed, where it opens. */
function inOrder(text: string, faults: readonly Fault[]): readonly (Fault & { readonly offset: number })[] {
  const isQuote = ({ code, message }: Fault) => code === "MISSING_CHAR" && /closing/i.test(message);
  const open = faults.some(isQuote) ? openQuotes(text) : [];
  const placed = faults.map((fault) => {
    const [end] = fault.pos;
    return {
      ...fault,
      offset: (isQuote(fault) ? open.findLast(({ offset }) => offset < end)?.offset : undefined) ?? end,
    };
  });
  // Of two at one place, the one about brackets says more.
  const isLast = ({ code }: Fault) => Number(code !== "BLOCK_IN_FLOW");
  return placed.sort((a, b) => a.offset - b.offset || isLast(a) - isLast(b));
}

/** A quote that opens a text and is not closed before the text, or what it is part of, ends. */
export interface OpenQuote {
  readonly offset: number;
  readonly quote: string;
}

/** Every quote that is left open. */
export function openQuotes(text: string): readonly OpenQuote[] {
  const open: OpenQuote[] = [];
  let offset = 0;
  let isPlain = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (MARKS.has(lexeme)) {
      isPlain = lexeme === "\x1f";
      continue;
    }
    const [quote] = lexeme;
    if (!isPlain && (quote === '"' || quote === "'") && !isClosed(lexeme)) open.push({ offset, quote });
    isPlain = false;
    offset += lexeme.length;
  }
  return open;
}

/** What the package's lexer puts between the pieces of a text; the last one, before what has no quotes. */
export const MARKS: ReadonlySet<string> = new Set(["\x02", "\x18", "\x1f"]);

function isClosed(lexeme: string): boolean {
  return lexeme.startsWith('"') ? /^"(?:[^"\\]|\\[^])*"$/.test(lexeme) : /^'(?:[^']|'')*'$/.test(lexeme);
}

/** The lines of the entry that holds a line. */
function entryAround(lines: readonly string[], at: number, first: number): { start: number; end: number } {
  let start = at;
  while (start > first && entryIndent(lines[start]!) === undefined) start -= 1;
  const indent = entryIndent(lines[start]!);
  let end = Math.max(at, start) + 1;
  const isNext = (line: string) => {
    const next = entryIndent(line);
    return next !== undefined && next <= (indent ?? Infinity);
  };
  while (end < lines.length && !isNext(lines[end]!)) end += 1;
  return { start, end };
}
