/**
 * What an edit changes, for a person to read.
 *
 * @module
 */

import { structuredPatch } from "diff";
import { printable } from "../quote.ts";

/** Unchanged lines that are shown above and below each change, as in diff(1). */
const CONTEXT = 3;

/**
 * The unified form of what changes, line by line. Trust: whoever may write the text chose it, so that nothing in it
 * reaches the terminal but as text.
 */
export function unifiedDiff(title: string, before: string, after: string): string {
  const { hunks } = structuredPatch("", "", plainLines(before), plainLines(after), "", "", { context: CONTEXT });
  const lines = [
    `--- ${title}`,
    `+++ ${title}`,
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
      ...lines,
    ]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** A range of no lines is told by the line before it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

/** How lines end, and whether the last one has an end, is nothing to see. */
function plainLines(text: string): string {
  const lines = text.replaceAll("\r\n", "\n");
  return lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`;
}
