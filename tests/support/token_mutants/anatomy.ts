/**
 * What the maker of mutants must know of one cloud's tokens.
 *
 * @module
 */

import type { Random } from "../seeded_random.ts";
import type { TextTables } from "./mutate_text.ts";

/** How the tokens of a cloud are put together: a prefix, and the base64 of a content that has parts. */
export interface Anatomy extends TextTables {
  readonly prefix: string;
  readonly base64: "base64" | "base64url without padding";
  /** Changes one part of a content; parts of `other` may be spliced in. Each byte is one character. */
  mutateParts(content: string, other: string, random: Random): string;
}
