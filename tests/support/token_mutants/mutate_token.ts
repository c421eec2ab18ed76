/**
 * Mutants of valid tokens, made at three levels: the token's text, the bytes of its content, and its parts. Knows
 * nothing of what a reader should do with them.
 *
 * @module
 */

import { below, pick, type Random } from "../seeded_random.ts";
import type { Anatomy } from "./anatomy.ts";
import { decodeContent, encodeContent } from "./content.ts";
import { mutateText } from "./mutate_text.ts";
import { reencode } from "./reencode.ts";

/** Most changes to one mutant. */
const MAX_CHANGES = 3;

type Change = (token: string, other: string, anatomy: Anatomy, random: Random) => string;

const LEVELS: readonly Change[] = [
  mutateText,
  onContent((content, other, anatomy, random) => mutateText(content, other, anatomy, random)),
  onContent((content, other, anatomy, random) => anatomy.mutateParts(content, other, random)),
  (token, _other, anatomy, random) => reencode(token, anatomy, random),
];

/** Changes a token in one to three ways; parts of `others` may be spliced in. */
export function mutateToken(token: string, others: readonly string[], anatomy: Anatomy, random: Random): string {
  let mutant = token;
  for (let left = 1 + below(MAX_CHANGES, random); left > 0; left--) {
    mutant = pick(LEVELS, random)(mutant, pick(others, random), anatomy, random);
  }
  return mutant;
}

function onContent(change: Change): Change {
  return (token, other, anatomy, random) => {
    const content = decodeContent(token, anatomy);
    if (content === undefined) return token;
    return encodeContent(change(content, decodeContent(other, anatomy) ?? "", anatomy, random), anatomy);
  };
}
