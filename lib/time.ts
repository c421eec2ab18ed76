/**
 * Clocks, waits, deadlines and linked signals, which leave no timer or listener behind. By a monotonic clock alone.
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

/** An `AbortController` whose signal aborts with that of another, too, until it is aborted itself or disposed of. */
export interface LinkedController extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * Makes one. `AbortSignal.any` would do as well, if Deno 2.7 did not collect what that returns, with its listeners, where
 * nothing else holds it (observed with 2.7.11).
 */
export function linkedController(parent: AbortSignal): LinkedController {
  const controller = new AbortController();
  const obey = () => controller.abort(parent.reason);
  const unlink = () => parent.removeEventListener("abort", obey);
  if (parent.aborted) obey();
  else parent.addEventListener("abort", obey, { once: true });
  return {
    signal: controller.signal,
    abort(reason) {
      unlink();
      controller.abort(reason);
    },
    [Symbol.dispose]: unlink,
  };
}

/** Aborts its signal when the time is up or when whoever stops everything does; `using` takes it all back. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Starts the time again. @param ms from now on; default: as before */
  extend(ms?: number): void;
}

/** Starts one. @param stop aborts it at once, with its own reason */
export function startDeadline(stop: AbortSignal, ms: number): Deadline {
  const linked = linkedController(stop);
  const giveUp = () => linked.abort(new DOMException("The time is up", "TimeoutError"));
  let lengthMs = ms;
  let timer = setTimeout(giveUp, lengthMs);
  return {
    signal: linked.signal,
    extend(ms = lengthMs) {
      lengthMs = ms;
      clearTimeout(timer);
      if (!linked.signal.aborted) timer = setTimeout(giveUp, lengthMs);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      linked[Symbol.dispose]();
    },
  };
}
