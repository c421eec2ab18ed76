/**
 * A rate of calls: so many at once, and so many a second after that.
 *
 * @module
 */

/** What the next call has to wait for. */
export interface TokenBucket {
  /**
   * How long until one more call may be made, in whole milliseconds; 0 if it may be made now.
   *
   * @param reserve how many calls must be left after it. Default: none
   */
  waitMs(reserve?: number): number;
  /** Takes note of one call. */
  take(): void;
}

/** How many calls. */
export interface Rate {
  /** More than 0. */
  readonly perSecond: number;
  /** At once; at least 1. */
  readonly burst: number;
}

/** Makes a bucket that is full. `rate` is asked each time, and may change. */
export function createTokenBucket(rate: () => Rate, nowMs: () => number): TokenBucket {
  let tokens = rate().burst;
  let filledAtMs = nowMs();
  const fill = () => {
    const now = nowMs();
    const { perSecond, burst } = rate();
    tokens = Math.min(burst, tokens + (now - filledAtMs) * perSecond / 1_000);
    filledAtMs = now;
  };
  return {
    waitMs(reserve = 0) {
      fill();
      const missing = 1 + reserve - tokens;
      return missing <= 0 ? 0 : Math.ceil(missing * 1_000 / rate().perSecond);
    },
    take() {
      fill();
      tokens -= 1;
    },
  };
}
