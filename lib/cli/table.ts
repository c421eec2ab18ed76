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
