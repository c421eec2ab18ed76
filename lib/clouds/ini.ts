/**
 * The text form of AWS's shared files, as the AWS CLI reads it, and of the credentials file of Alibaba Cloud's SDKs.
 *
 * Source: `configloader.py` of botocore, over Python's `configparser`: keys in any letter case, `=` or `:` after them, a
 * line that is indented deeper than its key goes on with the value, `[DEFAULT]` counts for every section. Beyond that,
 * like the other SDKs of AWS, a comment may stand behind a value, after white space.
 *
 * @module
 */

/** Most lines; a profile has some five. */
const MAX_LINES = 20_000;

/** The section whose values count for every other one. */
const DEFAULTS = "DEFAULT";

/** Keys in lower case, and values, of one section. */
export type IniSection = ReadonlyMap<string, string>;

/** The text is none of these files. The message names the line and why, and nothing of its text: it may hold secrets. */
export class IniError extends Error {}

/**
 * Reads sections by their names, as they stand between the brackets. Lines that go on with a value are joined by line
 * feeds, so that a value of nested settings starts with one.
 *
 * @throws {IniError} if a line is no section, key or comment, or a section or key stands twice
 */
export function parseIni(text: string): ReadonlyMap<string, IniSection> {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > MAX_LINES) throw new IniError(`it has more than ${MAX_LINES} lines`);
  const sections = new Map<string, Map<string, string[]>>();
  let section: Map<string, string[]> | undefined;
  let value: string[] | undefined;
  let depth = 0;
  for (const [index, line] of lines.entries()) {
    const fail = (why: string) => new IniError(`line ${index + 1} ${why}`);
    if (/^\s*[#;]/.test(line)) continue;
    const content = line.trim();
    const indent = line.length - line.trimStart().length;
    if (content === "" || (value !== undefined && indent > depth)) {
      value?.push(withoutComment(content));
      continue;
    }
    depth = indent;
    value = undefined;
    const name = /^\[(.+)\]/.exec(content)?.[1];
    if (name !== undefined) {
      if (sections.has(name)) throw fail(`starts section "${name}" a second time`);
      sections.set(name, section = new Map());
      continue;
    }
    const [, key, first] = /^([^=:]+)[=:](.*)$/.exec(content)?.map((part) => part.trim()) ?? [];
    if (key === undefined || first === undefined) throw fail('is neither "[section]" nor "key = value"');
    if (section === undefined) throw fail("is outside any section");
    const lowerCased = key.toLowerCase();
    if (section.has(lowerCased)) throw fail(`sets "${lowerCased}" a second time`);
    section.set(lowerCased, value = [withoutComment(first)]);
  }
  return finish(sections);
}

/** In one pass, however much white space there is: files that were damaged hold megabytes of it. */
function withoutComment(text: string): string {
  return text.replace(/(?:^|\s)[#;].*$/, "").trimEnd();
}

function finish(read: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>): ReadonlyMap<string, IniSection> {
  const joined = new Map([...read].map(([name, section]) => [
    name,
    new Map([...section].map(([key, lines]) => [key, lines.join("\n").trimEnd()])),
  ]));
  const defaults = joined.get(DEFAULTS) ?? new Map();
  joined.delete(DEFAULTS);
  return new Map([...joined].map(([name, section]) => [name, new Map([...defaults, ...section])]));
}
