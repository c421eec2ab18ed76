/**
 * The text form of AWS's shared files, and of the credentials file of Alibaba Cloud's SDKs: sections of `key = value`.
 *
 * Source: botocore's `configloader.py` and `parseIni` of the AWS SDK for JavaScript. Where the two differ, the stricter
 * counts: like botocore, what fits no form is refused, and so is a section or a key that stands twice.
 *
 * @module
 */

/** Most lines; a profile has some five. */
const MAX_LINES = 20_000;

/** Keys and values of one section. */
export type IniSection = ReadonlyMap<string, string>;

/** The text is none of these files. The message names the line and why, and nothing of its text: it may hold secrets. */
export class IniError extends Error {}

/**
 * Reads sections by their names, as they stand between the brackets.
 *
 * Comments start with `#` or `;`, at the start of a line or after white space. Indented lines under a key without a value
 * belong to that key, which no key of ours is: they are not read.
 *
 * @throws {IniError} if a line is no section, key or comment, or a section or key stands twice
 */
export function parseIni(text: string): ReadonlyMap<string, IniSection> {
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES) throw new IniError(`it has more than ${MAX_LINES} lines`);
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let nested = false;
  for (const [index, line] of lines.entries()) {
    const fail = (why: string) => new IniError(`line ${index + 1} ${why}`);
    const content = line.replace(/(?:^|\s)[#;].*$/, "").trim();
    if (content === "" || (nested && /^\s/.test(line))) continue;
    nested = false;
    const name = /^\[(.*)\]$/.exec(content)?.[1]?.trim();
    if (name !== undefined) {
      if (sections.has(name)) throw fail(`starts section "${name}" a second time`);
      sections.set(name, section = new Map());
      continue;
    }
    const equals = content.indexOf("=");
    if (equals < 1) throw fail('is neither "[section]" nor "key = value"');
    if (section === undefined) throw fail("is outside any section");
    const key = content.slice(0, equals).trim();
    const value = content.slice(equals + 1).trim();
    if (section.has(key)) throw fail(`sets "${key}" a second time`);
    section.set(key, value);
    nested = value === "";
  }
  return sections;
}
