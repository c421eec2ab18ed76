/**
 * A page of documentation as its smallest parts: headings, lines of code, rows of tables, points of lists, paragraphs.
 * Knows nothing of languages.
 *
 * @module
 */

/** One part of a page. Its text is on one line, however the page wraps it. */
export interface PageItem {
  /** `code sh` is a line of a block of shell; a block without a language is a drawing. */
  readonly kind: "drawing" | "point" | "row" | "text" | `code ${string}` | `heading ${number}`;
  /** Of the page, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Languages whose comments are in the language of the page. */
const COMMENTED: ReadonlySet<string> = new Set(["sh", "yaml"]);

const STARTS: readonly (readonly [start: RegExp, kind: (match: RegExpExecArray) => PageItem["kind"]])[] = [
  [/^(#+) /, ([, marks]) => `heading ${marks!.length}`],
  [/^ *(?:-|\d+\.) /, () => "point"],
  [/^\|/, () => "row"],
];

/** The parts of a page in their order, without empty lines and without what is only a comment. */
export function itemsOf(markdown: string): readonly PageItem[] {
  const items: PageItem[] = [];
  let block: { readonly language: string; readonly indent: number } | undefined;
  let isOpen = false;
  for (const [index, whole] of markdown.split("\n").entries()) {
    const line = index + 1;
    const [, indent = "", language] = /^( *)```(\w*)$/.exec(whole) ?? [];
    if (language !== undefined) {
      block = block === undefined ? { language, indent: indent.length } : undefined;
      isOpen = false;
    } else if (block !== undefined) {
      const text = codeOf(whole.slice(block.indent), block.language);
      if (text !== "") items.push({ kind: block.language === "" ? "drawing" : `code ${block.language}`, line, text });
    } else if (whole.trim() === "" || /^\|[\s|:-]*$/.test(whole)) {
      isOpen = false;
    } else {
      const [kind] = STARTS.flatMap(([start, kindOf]) => {
        const match = start.exec(whole);
        return match === null ? [] : [kindOf(match)];
      });
      const last = items.at(-1);
      if (kind === undefined && isOpen && last !== undefined) {
        items[items.length - 1] = { ...last, text: `${last.text} ${whole.trim()}` };
      } else {
        items.push({ kind: kind ?? "text", line, text: whole.trim().replaceAll(/ +/g, " ") });
      }
      isOpen = kind !== "row" && !kind?.startsWith("heading");
    }
  }
  return items;
}

function codeOf(line: string, language: string): string {
  return (COMMENTED.has(language) ? line.replace(/(^| +)# .*$/, "") : line).trimEnd();
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}
