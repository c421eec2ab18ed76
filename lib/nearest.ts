/**
 * What a mistyped name was probably meant to be. Loaded only once something has gone wrong.
 *
 * @module
 */

import { closestMatch } from "leven";

/** Longest word to compare, in UTF-16 code units: the cost grows with the product of the lengths. */
const MAX_WORD = 64;

/** The candidate that differs least from the word, ignoring case; none where every one differs in over a third of it. Dashes in front do not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const bare = comparable(word);
  const maxDistance = Math.max(2, Math.floor(bare.length / 3));
  const match = closestMatch(bare, candidates.map(comparable), { maxDistance });
  return candidates.find((name) => comparable(name) === match);
}

function comparable(name: string): string {
  return name.replace(/^-+/, "").toLowerCase();
}
