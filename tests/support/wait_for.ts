/**
 * Waiting for a condition instead of sleeping. Owns the pace and the deadline.
 *
 * @module
 */

/** Time between two probes: a tenth of what was waited so far, because many a probe starts a process. */
const PAUSE_SHARE = 0.1;
const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 300;

/**
 * Longest wait where the caller names none: a fence against a hang. A cold kube-apiserver needs 4 s, with one busy core
 * 60. `deno task mutants`, whose tests wait for what never comes, sets the variable.
 */
const DEFAULT_TIMEOUT_MS = Number(Deno.env.get("RAM_AUTH_TEST_WAIT_MS") ?? 180_000);

/**
 * Calls `probe` until it yields something, and returns that. `undefined` and `false` mean "not yet".
 *
 * @throws {Error} if nothing came within `timeoutMs`; whatever `probe` throws ends the wait at once
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const start = performance.now();
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs = performance.now() - start) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    const pauseMs = Math.min(Math.max(waitedMs * PAUSE_SHARE, MIN_PAUSE_MS), MAX_PAUSE_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`Cannot wait for ${what} any longer: it did not come within ${timeoutMs} ms`);
}
