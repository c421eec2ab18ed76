/**
 * Units of systemd with their drop-ins, as texts: their settings, and the words of the command that they start.
 *
 * @module
 */

import type { UnitTexts } from "./change.ts";

/** Characters behind a backslash. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...[["a", "\x07"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"], ["v", "\v"], ["s", " "]] as const,
  ...["\\", '"', "'"].map((self) => [self, self] as const),
]);

const ESCAPE_OR_CHARACTER = /\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{3}|.)|[^]/g;

/** Settings in the order in which they count. */
export type Settings = readonly (readonly [key: string, value: string])[];

/** The settings of one text. */
export function settingsOf(text: string): Settings {
  return linesOf(text).flatMap((line) => {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value!] as const];
  });
}

/** The lines of a text, those that go on as one; comments are dropped, also in between. */
export function linesOf(text: string): readonly string[] {
  const lines: string[] = [];
  let open = "";
  for (const line of text.split(/\r?\n/)) {
    if (isComment(line)) continue;
    if (isContinued(line)) open += `${line.slice(0, -1)} `;
    else {
      lines.push(open + line);
      open = "";
    }
  }
  return open === "" ? lines : [...lines, open];
}

/** Whether a line of a unit says nothing. */
export function isComment(line: string): boolean {
  return /^\s*[#;]/.test(line);
}

/** Whether a line goes on with the next one. */
export function isContinued(line: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(line);
}

/** The value that counts: the last; `undefined` where it is not set, or taken back by an empty one. */
export function settingOf(unit: UnitTexts, key: string): string | undefined {
  return textsOf(unit).flatMap(settingsOf).findLast(([name]) => name === key)?.[1] || undefined;
}

/** The words of the command that a unit starts, variables filled in; `undefined` where they cannot be read. */
export function commandOf(unit: UnitTexts): readonly string[] | undefined {
  const variables = environmentOf(unit);
  const parts = wordsOf(settingOf(unit, "ExecStart") ?? "")?.map((word) => {
    // All of such a word is the name of the variable, whatever is in it.
    if (/^\$(?![{$])./.test(word)) return wordsOf(variables.get(word.slice(1)) ?? "");
    return [
      word.replaceAll(
        /\$\$|\$\{([A-Za-z_]\w*)\}/g,
        (_, name?: string) => name === undefined ? "$" : variables.get(name) ?? "",
      ),
    ];
  });
  return parts?.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** The environment of the command, as far as the unit says it. */
export function environmentOf(unit: UnitTexts): ReadonlyMap<string, string> {
  const texts = textsOf(unit);
  const set = texts.flatMap(settingsOf).flatMap(([key, value]) => key === "Environment" ? wordsOf(value) ?? [] : []);
  const read = environmentFilesOf(texts).flatMap(({ path }) => assignmentsIn(unit.environment.get(path) ?? ""));
  return new Map([...set, ...read].flatMap((one) => {
    const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(one) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  }));
}

/** A file that `EnvironmentFile=` names. */
export interface EnvironmentFile {
  /** Or a pattern of several. */
  readonly path: string;
  /** Whether it may be missing. */
  readonly isOptional: boolean;
}

/** The environment files of a unit and its drop-ins, in their order; an empty setting takes back those before it. */
export function environmentFilesOf(texts: Iterable<string>): readonly EnvironmentFile[] {
  const files: string[] = [];
  for (const [key, value] of [...texts].flatMap(settingsOf)) {
    if (key !== "EnvironmentFile") continue;
    if (value === "") files.length = 0;
    else files.push(value);
  }
  return files.map((file) => ({ path: file.replace(/^-/, ""), isOptional: file.startsWith("-") }));
}

/** Whether systemd makes several paths, or another one, of a path. */
export function isPattern(path: string): boolean {
  return /[*?[%]/.test(path);
}

/** Words as systemd parts them, quotes and escapes read; `undefined` where they are not what systemd knows. */
export function wordsOf(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const [part, escape] of text.matchAll(ESCAPE_OR_CHARACTER)) {
    const read = escape === undefined ? part : escaped(escape);
    if (read === undefined) return undefined;
    if (escape === undefined && part === quote) quote = "";
    else if (escape === undefined && quote === "" && /["']/.test(part)) [quote, word] = [part, word ?? ""];
    else if (escape === undefined && quote === "" && /\s/.test(part)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + read;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

/** What stands behind a backslash; `undefined` where systemd does not know it (systemd.service(5), systemd.syntax(7)). */
function escaped(escape: string): string | undefined {
  if (escape.length > 1) {
    const isOctal = /^[0-7]/.test(escape);
    const code = Number.parseInt(isOctal ? escape : escape.slice(1), isOctal ? 8 : 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
  }
  return ESCAPES.get(escape);
}

/** The unit and its drop-ins. */
export function textsOf({ text, dropIns }: UnitTexts): readonly string[] {
  return [text, ...dropIns.values()];
}

/** The lines of an environment file, in which a text in quotes may have blanks. */
function assignmentsIn(text: string): readonly string[] {
  return linesOf(text).map((line) => line.trim().replace(/^([^\s=]*)\s*=\s*(["']?)(.*)\2$/, "$1=$3"));
}
