/**
 * How measurements that take turns are condensed, and written as Markdown.
 *
 * @module
 */

import { median } from "../table.ts";

/** A table of the page of benchmarks. */
export interface Table {
  /** What it shows, as a sentence without its full stop. */
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Measures each of some things in each round. Whoever begins changes with the round, so that a busy machine and a clock
 * that drifts hit all alike.
 */
export async function inTurn<Name extends string, Result>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name) => Promise<Result>,
): Promise<ReadonlyMap<Name, readonly Result[]>> {
  const results = new Map<Name, Result[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) results.get(name)!.push(await measure(name));
  }
  return results;
}

/** The median, and from where to where the values go; a hyphen where there is none. */
export function spread(values: readonly (number | null)[], digits = 2): string {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (known.length === 0) return "–";
  const text = (value: number) => value.toFixed(digits);
  if (known.length === 1) return text(known[0]!);
  return `${text(median(known))} (${text(Math.min(...known))}–${text(Math.max(...known))})`;
}

/** The median of the rounds' ratios. */
export function ratio(values: readonly (number | null)[], to: readonly (number | null)[] | undefined): string {
  const ratios = values.flatMap((value, i) => {
    const other = to?.[i];
    return value === null || other === null || other === undefined || other === 0 ? [] : [value / other];
  });
  return ratios.length === 0 ? "–" : median(ratios).toFixed(2);
}

/** A moment in any unit, and what was measured then. */
export type Point = readonly [at: number, value: number];

/** By how much a value grows in each unit of time (least squares); `undefined` of fewer than three points. */
export function slope(points: readonly Point[]): number | undefined {
  if (points.length < 3) return undefined;
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanAt, meanValue] = [mean(([at]) => at), mean(([, value]) => value)];
  return mean(([at, value]) => (at - meanAt) * (value - meanValue)) / mean(([at]) => (at - meanAt) ** 2);
}

/** As `deno fmt` leaves it. */
export function markdownTable({ caption, head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |\n`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return `${caption}:\n\n${line(head)}${rule}${rows.map(line).join("")}`;
}
