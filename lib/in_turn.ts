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
