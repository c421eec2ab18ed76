/**
 * Whether the event loop is held while something is done.
 *
 * @module
 */

/** How often it is tried: on a busy machine the clock also counts what others do. */
const TRIES = 20;

/** For how long the event loop may be held, in milliseconds: a slice, and a collection of garbage. */
const MAX_MS = 100;

/**
 * For how long the event loop was held at most while `act` was under way, in milliseconds, by the best of some tries.
 *
 * @returns `undefined` where it was never held for long
 */
export async function heldMs(act: () => Promise<unknown>): Promise<number | undefined> {
  let bestMs = Infinity;
  for (let tries = 0; tries < TRIES && bestMs > MAX_MS; tries += 1) bestMs = Math.min(bestMs, await longestTurn(act));
  return bestMs > MAX_MS ? bestMs : undefined;
}

async function longestTurn(act: () => Promise<unknown>): Promise<number> {
  let longestMs = 0;
  let lastMs = performance.now();
  const look = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(look, 1);
  try {
    await act();
    look();
  } finally {
    clearInterval(timer);
  }
  return longestMs;
}
