/**
 * Waiting for a condition instead of sleeping. Owns the pace and the deadline.
 *
 * @module
 */

const POLL_INTERVAL_MS = 25;

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
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  throw new Error(`Cannot wait for ${what} any longer: it did not come within ${timeoutMs} ms`);
}
