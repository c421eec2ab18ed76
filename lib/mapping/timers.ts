/**
 * Time as the lookups of a mapping see it, passed in so that a test can move it.
 *
 * @module
 */

/** A clock that only goes forward, and what it sets off. */
export interface Timers {
  /** Milliseconds since any fixed point. */
  nowMs(): number;
  /** Acts once, after that many milliseconds, unless the function that it returns is called before. */
  after(ms: number, act: () => void): () => void;
}

/**
 * What `work` gives, where it gives it in time. What comes later is thrown away.
 *
 * @throws {Error} `late` after `ms`; whatever `work` throws
 */
export async function within<T>(timers: Timers, ms: number, work: Promise<T>, late: string): Promise<T> {
  const end = Promise.withResolvers<never>();
  const cancel = timers.after(ms, () => end.reject(new Error(late)));
  try {
    return await Promise.race([work, end.promise]);
  } finally {
    cancel();
  }
}
