/**
 * Wildcards in ARNs, with IAM's meaning: `*` is any run of characters and `?` is one, neither of them a `:`. Everything
 * else stands for itself, in either case of A to Z, and the whole text must match.
 *
 * Source: "IAM JSON policy elements: Resource" (AWS), "RAM policy elements" (Alibaba Cloud).
 *
 * @module
 */

import { foldAsciiCase, foldAsciiUnit } from "./ascii_case.ts";

const STAR = "*".charCodeAt(0);
const QUESTION_MARK = "?".charCodeAt(0);
const COLON = ":".charCodeAt(0);

/** A text with wildcards, ready to compare. Trust: operators write globs; a stranger may choose what is compared. */
export interface Glob {
  /** The text before the first wildcard, small. What does not start so, once folded, cannot match: a cheap first look. */
  readonly start: string;
  /** Whether the whole of `text` has this form. At most pattern length times text length steps, for any input. */
  matches(text: string): boolean;
  /** Whether every text that `other` matches is matched here too. May say no where the truth is hard to see. */
  covers(other: string): boolean;
}

/** Reads a glob; every text is one. `?` is one UTF-16 unit, which is one character in the ASCII of real ARNs. */
export function compileGlob(pattern: string): Glob {
  const folded = foldAsciiCase(pattern);
  const [start] = folded.split(/[*?]/, 1);
  return {
    start: start ?? "",
    matches: (text) => isMatch(folded, text, (unit) => unit !== COLON),
    covers: (other) => isMatch(folded, other, (unit) => unit !== COLON && unit !== STAR),
  };
}

/**
 * Compares from left to right and remembers only the last `*`: where the text fails, that `*` takes one unit more. An
 * earlier `*` need not be tried again, as whatever it could give up the last one can take; a `:` none of them takes.
 */
function isMatch(pattern: string, text: string, oneUnit: (unit: number) => boolean): boolean {
  let patternAt = 0;
  let textAt = 0;
  let afterStar = -1;
  let runEnd = 0;
  while (textAt < text.length) {
    const want = pattern.charCodeAt(patternAt);
    const unit = foldAsciiUnit(text.charCodeAt(textAt));
    if (want === STAR) {
      patternAt += 1;
      afterStar = patternAt;
      runEnd = textAt;
    } else if (want === QUESTION_MARK ? oneUnit(unit) : want === unit) {
      patternAt += 1;
      textAt += 1;
    } else if (afterStar !== -1 && text.charCodeAt(runEnd) !== COLON) {
      runEnd += 1;
      patternAt = afterStar;
      textAt = runEnd;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(patternAt) === STAR) patternAt += 1;
  return patternAt === pattern.length;
}
