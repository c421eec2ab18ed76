/**
 * Time as measurements need it.
 *
 * @module
 */

/** Milliseconds by a clock that nobody sets. */
export function elapsed(): number {
  return performance.now();
}

/** Measures for so long. */
export function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}

/** How long a moment may be waited for: a fence against a hang. */
const PATIENCE_MS = 60_000;

/** Waits for a moment to the millisecond. */
export async function moment(what: string, hasCome: () => boolean | Promise<boolean>): Promise<void> {
  const started = elapsed();
  while (!await hasCome()) {
    if (elapsed() - started > PATIENCE_MS) {
      throw new Error(`Cannot measure: after ${PATIENCE_MS / 1_000} s, not: ${what}`);
    }
    await seconds(0.001);
  }
}
