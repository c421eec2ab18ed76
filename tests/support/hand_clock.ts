/**
 * A clock that the test moves, with what it sets off.
 *
 * @module
 */

import type { Timers } from "../../lib/time.ts";

/** A clock at 0. */
export interface HandClock {
  readonly timers: Timers;
  /** Moves the clock, and has everything happen in its turn that is due by then. */
  pass(ms: number): void;
  /** How many things are still to happen. */
  waiting(): number;
}

/** Makes one. */
export function handClock(): HandClock {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly act: () => void }[] = [];
  return {
    timers: {
      nowMs: () => nowMs,
      after(ms: number, act: () => void) {
        const one = { atMs: nowMs + ms, act };
        due.push(one);
        return () => void (due = due.filter((other) => other !== one));
      },
    },
    pass(ms: number) {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = due.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        due = due.filter((other) => other !== next);
        nowMs = next.atMs;
        next.act();
      }
      nowMs = endMs;
    },
    waiting: () => due.length,
  };
}
