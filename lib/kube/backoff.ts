/**
 * How long to wait before the next try: twice as long each time, and never the same for two instances that lost the
 * same server. Pure, but for the random numbers that it is given.
 *
 * @module
 */

import type { KubeError } from "./kube_error.ts";

/** Between what the waits lie, in milliseconds. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Counts failures in a row. */
export interface Backoff {
  /** How long to wait after one more failure: between half and the whole of `minMs`, doubled for each before it. */
  next(): number;
  /** Failures since the last success. */
  failures(): number;
  /** There was a success. */
  reset(): void;
}

/** Makes one. @param random between 0 and 1, as `Math.random` */
export function createBackoff({ minMs, maxMs }: BackoffLimits, random: () => number): Backoff {
  let failures = 0;
  return {
    next() {
      const ceiling = Math.min(maxMs, minMs * 2 ** failures);
      failures += 1;
      return jittered(ceiling, random);
    },
    failures: () => failures,
    reset: () => void (failures = 0),
  };
}

/** Between half of a time and the whole of it. */
export function jittered(ms: number, random: () => number): number {
  return ms / 2 + random() * ms / 2;
}

/** How long to wait after a failure; what the API server asks for counts, and a right that is missing. */
export function waitAfterMs(
  { status, retryAfterMs = 0 }: KubeError,
  { backoff, random, refusedWaitMs }: {
    readonly backoff: Backoff;
    readonly random: () => number;
    /** A missing right comes by the hand of a person: asking for it often only fills the audit log. */
    readonly refusedWaitMs: number;
  },
): number {
  return Math.max(backoff.next(), status === 403 ? jittered(refusedWaitMs, random) : retryAfterMs);
}
