/**
 * What a mistyped name was probably meant to be. Loaded only once something has gone wrong.
 *
 * @module
 */

import { closestMatch } from "leven";

/** Longest word to compare, in UTF-16 code units: the cost grows with the product of the lengths. */
const MAX_WORD = 64;

/**
 * The candidate that differs least from the word, ignoring case. Dashes in front do not count.
 *
 * @param maxDistance letters in which they may differ; default: a third of the word, and at least two
 */
export function nearest(
  word: string,
  candidates: readonly string[],
  maxDistance = Math.max(2, Math.floor(word.replace(/^-+/, "").length / 3)),
): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const bare = comparable(word);
  const match = closestMatch(bare, candidates.map(comparable), { maxDistance });
  return candidates.find((name) => comparable(name) === match);
}

function comparable(name: string): string {
  return name.replace(/^-+/, "").toLowerCase();
}
