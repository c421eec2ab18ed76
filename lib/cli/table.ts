/**
 * Columns of text for a person.
 *
 * @module
 */

import { printable } from "../quote.ts";

/** Rows as lines, each column as wide as its widest cell. Trust: others may have chosen the cells; each stays on its line. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()}\n`).join(
    "",
  );
}

/** Names and values, each on a line of its own below what they are of; what there is none of is left out. */
export function factLines(facts: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(facts).filter(([, value]) => value).map(([name, value]) => `  ${name.padEnd(14)}${value}`);
}
