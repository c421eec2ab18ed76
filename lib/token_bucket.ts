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

/** Makes a bucket that is full. `burst` is at least 1, `perSecond` more than 0. */
export function createTokenBucket(
  { perSecond, burst, nowMs }: { readonly perSecond: number; readonly burst: number; readonly nowMs: () => number },
): TokenBucket {
  let tokens = burst;
  let filledAtMs = nowMs();
  const fill = () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + (now - filledAtMs) * perSecond / 1_000);
    filledAtMs = now;
  };
  return {
    waitMs(reserve = 0) {
      fill();
      const missing = 1 + reserve - tokens;
      return missing <= 0 ? 0 : Math.ceil(missing * 1_000 / perSecond);
    },
    take() {
      fill();
      tokens -= 1;
    },
  };
}
