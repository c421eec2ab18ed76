/**
 * Why a file is not changed, in a few words, wherever that is found out; `plan.ts` makes the whole message of it.
 *
 * @module
 */

import type { ShapeReason } from "./change.ts";

/** How it goes on from there. */
export interface UnclearOptions extends ErrorOptions {
  /** Default: `form`. */
  readonly reason?: ShapeReason;
  /** What to do, as a sentence; with a colon at its end, the lines follow that are added by hand. Default: only those. */
  readonly advice?: string;
}

/** Ends the reading of a file. Never leaves this folder. */
export class Unclear extends Error {
  readonly reason: ShapeReason;
  readonly advice: string | undefined;

  constructor(why: string, { reason = "form", advice, ...options }: UnclearOptions = {}) {
    super(why, options);
    this.reason = reason;
    this.advice = advice;
  }
}
