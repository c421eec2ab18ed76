/**
 * Whether the process can open as many files as a server needs on an ordinary day, found by trying: the runtime shows its
 * limit only to programs that may do everything.
 *
 * @module
 */

import { processTimers, type Timers } from "../../time.ts";
import type { HealthReport } from "../health.ts";
import { openableFiles } from "./capacity.ts";

/** How the server says it, and how many are enough: 256 connections, and what is kept free for everything else. */
export const OPEN_FILES = {
  enough: 1_792,
  pattern: /^open files: (?:at least|at most) (\d+)$/,
} as const;

/** How long it is not tried again, in milliseconds: to try holds up the server, and takes what others may need. */
const RETRY_MS = 60_000;

/**
 * Tries when it is first asked: it takes some 20 ms, which no start should wait for. By then connections may have taken
 * theirs, so that too few are no last word: it is tried again, and the most that ever could be opened counts.
 */
export function reportOpenFiles(
  count: (most: number) => number = openableFiles,
  { nowMs }: Pick<Timers, "nowMs"> = processTimers,
): HealthReport {
  let found = 0;
  let notBeforeMs = -Infinity;
  return {
    facts() {
      if (found < OPEN_FILES.enough && nowMs() >= notBeforeMs) {
        found = Math.max(found, count(OPEN_FILES.enough));
        notBeforeMs = nowMs() + RETRY_MS;
      }
      return [`open files: ${found < OPEN_FILES.enough ? "at most" : "at least"} ${found}`];
    },
    warnings: () => [],
  };
}
