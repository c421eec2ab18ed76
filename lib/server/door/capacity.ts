/**
 * How many connections may be open at once. Bounded by the process's limit of open files, which the runtime shows only to
 * programs that may do everything (`/proc/self/limits`): so it is found by trying. The capacity begins small, and grows
 * when it is used up and the descriptors for more are there.
 *
 * @module
 */

import type { Timers } from "../../time.ts";

/** Opening it takes a descriptor and nothing else. */
const HARMLESS_FILE = "/dev/null";

/**
 * Descriptors of one TLS connection: its own, two of the loopback connection to what decrypts it, three of its HTTP
 * server.
 */
const PER_CONNECTION = 6;

/** Descriptors that stay free for everything else: calls to STS and the API server, files. Where there are few, half. */
const KEPT_FREE = 256;

/** Connections before the first try. */
const FIRST = 8;

/** By how much it grows at once: to try takes some milliseconds. */
const STEP = 64;

/** How long it is not tried again, in milliseconds. */
const RETRY_MS = 10_000;

/** How many connections there may be. */
export interface Capacity {
  readonly current: number;
  /** More are needed: grows if it can, up to the maximum. */
  grow(): void;
  /** Descriptors ran out with so many connections open. */
  shrink(connections: number): void;
}

/** What may be set otherwise in tests. */
export interface CapacityOptions {
  readonly timers: Timers;
  /** Whether so many files can be opened now. */
  readonly canOpen?: (files: number) => boolean;
}

/** Begins with 8. @param max however many files may be open: each connection takes up to 100 KB */
export function createCapacity(max: number, { timers, canOpen = tryToOpen }: CapacityOptions): Capacity {
  let current = Math.min(FIRST, max);
  let notBeforeMs = -Infinity;
  return {
    get current() {
      return current;
    },
    grow() {
      if (current >= max || timers.nowMs() < notBeforeMs) return;
      const next = Math.min(current + Math.min(current, STEP), max);
      const needed = (next - current) * PER_CONNECTION + Math.min(next * PER_CONNECTION, KEPT_FREE);
      if (canOpen(needed)) current = next;
      else notBeforeMs = timers.nowMs() + RETRY_MS;
    },
    shrink(connections) {
      current = Math.max(Math.min(current, connections) - FIRST, FIRST);
      notBeforeMs = timers.nowMs() + RETRY_MS;
    },
  };
}

function tryToOpen(files: number): boolean {
  return openableFiles(files) === files;
}

/** How many files can be opened now, beside those that are open: at most so many as are asked for. */
export function openableFiles(most: number): number {
  const open: Deno.FsFile[] = [];
  try {
    while (open.length < most) open.push(Deno.openSync(HARMLESS_FILE));
  } catch {
    // There are no more descriptors.
  } finally {
    for (const file of open) file.close();
  }
  return open.length;
}
