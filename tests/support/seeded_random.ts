/**
 * Random numbers that come again with the same seed, so that what a fuzzer found can be found again.
 *
 * @module
 */

/** Yields the next number, from 0 up to but not 1. */
export type Random = () => number;

/** Makes a sequence (mulberry32, public domain). `seed` counts modulo 2^32. */
export function seededRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to but not `limit`. */
export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

/** One of the items, of which there must be one. */
export function pick<T>(items: readonly T[], random: Random): T {
  return items[below(items.length, random)]!;
}
