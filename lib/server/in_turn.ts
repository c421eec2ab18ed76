/**
 * Calls that wait for one another.
 *
 * @module
 */

/**
 * Lets no call begin before the one before it has ended, so that what was read earlier never replaces what was read
 * later. A call that fails is its own caller's matter: the next one begins all the same.
 */
export function inTurn<Arguments extends readonly unknown[]>(
  act: (...args: Arguments) => Promise<void>,
): (...args: Arguments) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (...args) => {
    const own = last.then(() => act(...args));
    last = own.catch(() => {});
    return own;
  };
}

/** Calls that come while one is under way become one more after it, whatever their number. */
export function coalesced(act: () => Promise<void>): () => Promise<void> {
  let next: Promise<void> | undefined;
  const run = inTurn(() => {
    next = undefined;
    return act();
  });
  return () => next ??= run();
}
