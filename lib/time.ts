/**
 * Clocks, waits and deadlines that leave no timer behind. By a monotonic clock alone.
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

/** The process's own. */
export const processTimers: Timers = {
  nowMs: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after a time, or at once when the signal aborts; leaves no timer behind. */
export function delay(
  ms: number,
  signal: AbortSignal,
  { after }: Pick<Timers, "after"> = processTimers,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = after(ms, done);
    signal.addEventListener("abort", done);
  });
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

/** Aborts its signal when the time is up or when whoever stops everything does; `using` takes it all back. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Starts the time again. @param ms from now on; default: as before */
  extend(ms?: number): void;
}

/** Starts one. @param stop aborts it at once, with its own reason */
export function startDeadline(stop: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  const giveUp = () => controller.abort(new DOMException("The time is up", "TimeoutError"));
  const obey = () => controller.abort(stop.reason);
  if (stop.aborted) obey();
  stop.addEventListener("abort", obey, { once: true });
  let lengthMs = ms;
  let timer = setTimeout(giveUp, lengthMs);
  return {
    signal: controller.signal,
    extend(ms = lengthMs) {
      lengthMs = ms;
      clearTimeout(timer);
      if (!controller.signal.aborted) timer = setTimeout(giveUp, lengthMs);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      stop.removeEventListener("abort", obey);
    },
  };
}
