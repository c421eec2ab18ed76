/**
 * Time limits of requests that can be put off. Owns that no timer and no listener is left.
 *
 * @module
 */

/** Aborts its signal when the time is up or when whoever stops everything does; `using` takes it all back. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Starts the time anew. @param ms from now on; default: as before */
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
