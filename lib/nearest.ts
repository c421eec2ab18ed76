/**
 * What a mistyped name was probably meant to be. Loaded only once something has gone wrong.
 *
 * @module
 */

import { closestMatch } from "leven";

/** Longest word to compare, in UTF-16 code units: the cost grows with the product of the lengths. */
const MAX_WORD = 64;

/** The candidate that differs least from the word, ignoring case; none where every one differs in over a third of it. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const maxDistance = Math.max(2, Math.ceil(word.length / 3));
  const match = closestMatch(word.toLowerCase(), candidates.map((name) => name.toLowerCase()), { maxDistance });
  return candidates.find((name) => name.toLowerCase() === match);
}
