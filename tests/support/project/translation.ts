/**
 * What must be the same on a page and on its translation: everything but the words. Each part of the one stands against
 * a part of the other, and both have the same code, links and digits.
 *
 * @module
 */

import { anchorOf, itemsOf, type PageItem } from "./page_items.ts";

/** A page and its translation. */
export interface Translation {
  /** From the root of the project, as all paths here. */
  readonly from: string;
  readonly to: string;
  /** Headings of `from` whose sections the translation leaves out, with all below them. */
  readonly withoutSections?: readonly string[];
  /** How parts of `from` begin that the translation leaves out. */
  readonly withoutItems?: readonly string[];
  /** Texts within parts of `from` that the translation leaves out. */
  readonly withoutTexts?: readonly string[];
  /** Texts of `from` that have one translation, wherever they stand. */
  readonly terms?: readonly (readonly [from: string, to: string])[];
}

/** A translation with the text of both pages. */
export interface TranslatedPage extends Translation {
  readonly fromText: string;
  readonly toText: string;
}

/** Each difference in a line of its own, with file and line on both sides; none where the pages say the same. */
export function differences(page: TranslatedPage, all: readonly TranslatedPage[]): readonly string[] {
  const { items, unused } = kept(page);
  const there = itemsOf(page.toText).filter(({ text }) => !isLanguageLink(text));
  const found = unused.map((text) => `${page.from} does not have what ${page.to} leaves out: ${text}`);
  const here = sectionsOf(items);
  const others = sectionsOf(there);
  for (const [index, section] of here.entries()) {
    const other = others[index];
    const [heading, otherHeading] = [section[0], other?.[0]];
    if (heading?.kind !== otherHeading?.kind) {
      return [...found, `${at(page.from, heading)} stands against ${at(page.to, otherHeading)}: ${headingHint(page)}`];
    }
    found.push(...compareSections(page, section, other ?? [], all));
  }
  if (others.length > here.length) {
    found.push(`${at(page.to, others[here.length]![0])} has no counterpart in ${page.from}: ${headingHint(page)}`);
  }
  return found;
}

function headingHint({ from, to }: Translation): string {
  return `${from} and ${to} need the same headings in the same order`;
}

function compareSections(
  page: TranslatedPage,
  here: readonly PageItem[],
  there: readonly PageItem[],
  all: readonly TranslatedPage[],
): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index < Math.max(here.length, there.length); index += 1) {
    const [item, other] = [here[index], there[index]];
    const unlike = item === undefined || other === undefined || item.kind !== other.kind
      ? [`${at(page.from, item)} stands against ${at(page.to, other)}`]
      : compareItems(page, item, other, all);
    found.push(...unlike);
    // From here on, each part would stand against the wrong one.
    if (unlike.length > 0 && here.length !== there.length) {
      const parts = `the section has ${here.length} parts in ${page.from}, and ${there.length} in ${page.to}`;
      return [...found, `${parts}: the first that differ are above`];
    }
  }
  return found;
}

function compareItems(
  page: TranslatedPage,
  item: PageItem,
  other: PageItem,
  all: readonly TranslatedPage[],
): readonly string[] {
  if (item.kind.startsWith("code ")) {
    return item.text === other.text
      ? []
      : [`${at(page.to, other)} is another line of code than ${at(page.from, item)}`];
  }
  const wanted = factsOf(item, page.from, (target) => translated(target, all));
  const given = factsOf(other, page.to, (target) => target);
  for (const [from, to] of page.terms ?? []) {
    if (item.text.includes(from)) wanted.add(to);
    if (other.text.includes(to)) given.add(to);
  }
  const places = `${page.to}:${other.line} (${page.from}:${item.line})`;
  return [
    ...[...wanted.difference(given)].map((fact) => `${places} lacks ${fact}`),
    ...[...given.difference(wanted)].map((fact) => `${places} has ${fact}, which the English page has not`),
  ];
}

/** What of a part is not in a language. */
function factsOf({ kind, text }: PageItem, path: string, map: (target: string) => string): Set<string> {
  const links = [...text.matchAll(/\]\(([^)\s]*)\)/g)].map(([, target]) => `a link to ${map(resolved(target!, path))}`);
  const prose = text.replaceAll(/\]\([^)\s]*\)/g, "]");
  // Words of drawings are translated; names that have a dash or a capital within are not.
  if (kind === "drawing") return new Set(prose.match(/\w+-\w+|\b[A-Z]\w*[A-Z]\w*|[─└>]+/g) ?? []);
  const code = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => `\`${code}\``);
  // Not those of names, such as UTF-8.
  const digits = prose.replaceAll(/`[^`]+`/g, " ").match(/(?<![A-Za-z\d.-])\d[\d.,:]*(?<![.,:])/g) ?? [];
  return new Set([...links, ...code, ...digits]);
}

/** A link as a path from the root, and the heading. */
function resolved(target: string, path: string): string {
  if (/^\w+:/.test(target)) return target;
  const [file, anchor] = target.split("#");
  const where = file === "" ? path : new URL(file!, `file:///${path}`).pathname.slice(1);
  return anchor === undefined ? where : `${where}#${anchor}`;
}

/** Where a link of a translation leads: to the translated page and heading where there are such. */
function translated(target: string, all: readonly TranslatedPage[]): string {
  const [file, anchor] = target.split("#");
  const page = all.find(({ from }) => from === file);
  if (page === undefined) return target;
  if (anchor === undefined) return page.to;
  const at = headings(kept(page).items).findIndex((heading) => anchorOf(heading) === anchor);
  const heading = headings(itemsOf(page.toText))[at];
  return heading === undefined ? target : `${page.to}#${anchorOf(heading)}`;
}

function headings(items: readonly PageItem[]): readonly string[] {
  return items.filter(({ kind }) => kind.startsWith("heading ")).map(({ text }) => text.replace(/^#+ /, ""));
}

/** The parts that are to be translated, and what is left out and not there. */
function kept(page: TranslatedPage): { readonly items: readonly PageItem[]; readonly unused: readonly string[] } {
  const unused = new Set([page.withoutSections, page.withoutItems, page.withoutTexts].flatMap((texts) => texts ?? []));
  const items: PageItem[] = [];
  /** How deep the heading is whose section is left out. */
  let leftOut: number | undefined;
  for (const item of itemsOf(page.fromText)) {
    const [, depth] = /^heading (\d)$/.exec(item.kind) ?? [];
    if (depth !== undefined && Number(depth) <= (leftOut ?? Infinity)) {
      const heading = item.text.replace(/^#+ /, "");
      leftOut = page.withoutSections?.includes(heading) ? Number(depth) : undefined;
      if (leftOut !== undefined) unused.delete(heading);
    }
    if (leftOut !== undefined || isLanguageLink(item.text)) continue;
    const start = page.withoutItems?.find((start) => item.text.startsWith(start));
    if (start !== undefined) {
      unused.delete(start);
      continue;
    }
    let { text } = item;
    for (const part of page.withoutTexts ?? []) {
      if (text.includes(part)) unused.delete(part);
      text = text.replaceAll(part, "");
    }
    items.push({ ...item, text });
  }
  return { items, unused: [...unused] };
}

/** A line that has nothing but a link to the page in the other language. */
export function isLanguageLink(text: string): boolean {
  return /^\[(?:English|简体中文)\]\([^)]*\)$/.test(text);
}

/** Each heading with what stands below it; what stands before the first is a section, too. */
function sectionsOf(items: readonly PageItem[]): readonly (readonly PageItem[])[] {
  const sections: PageItem[][] = [];
  for (const item of items) {
    if (item.kind.startsWith("heading ") || sections.length === 0) sections.push([]);
    sections.at(-1)!.push(item);
  }
  return sections;
}

function at(path: string, item: PageItem | undefined): string {
  if (item === undefined) return `the end of the section in ${path}`;
  return `${path}:${item.line} "${item.text.length > 100 ? `${item.text.slice(0, 100)}…` : item.text}"`;
}
