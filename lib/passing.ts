/**
 * Waits that end early.
 *
 * @module
 */

/** Resolves after a time, or at once when the signal aborts; leaves no timer behind. */
export function passing(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
