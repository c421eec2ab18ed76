/**
 * How measurements are condensed and printed.
 *
 * @module
 */

/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A line of a table. */
export function row(name: string, value: string): string {
  return `${name.padEnd(28)}${value}\n`;
}
