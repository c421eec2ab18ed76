/**
 * Whether the process can open as many files as a server needs on an ordinary day, found by trying: the runtime shows its
 * limit only to programs that may do everything.
 *
 * @module
 */

import type { HealthReport } from "../health.ts";
import { openableFiles } from "./capacity.ts";

/** How the server says it, and how many are enough: 256 connections, and what is kept free for everything else. */
export const OPEN_FILES = {
  enough: 1_792,
  pattern: /^open files: (?:at least|at most) (\d+)$/,
} as const;

/** Tries when it is first asked: it takes some 20 ms, which no start should wait for. */
export function reportOpenFiles(count: (most: number) => number = openableFiles): HealthReport {
  let found: number | undefined;
  return {
    facts() {
      found ??= count(OPEN_FILES.enough);
      return [`open files: ${found < OPEN_FILES.enough ? "at most" : "at least"} ${found}`];
    },
    warnings: () => [],
  };
}
