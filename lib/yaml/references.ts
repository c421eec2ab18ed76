/**
 * Anchors, aliases and tags: what lets a YAML text mean more than its lines say. An editor that goes by lines refuses
 * them.
 *
 * @module
 */

import { Lexer } from "yaml";

/** The line of the first one, from 1; `undefined` where there is none. A text never begins with their marks. */
export function lineOfReference(body: string): number | undefined {
  let line = 1;
  for (const lexeme of new Lexer().lex(body)) {
    if (/^[&*!]/.test(lexeme)) return line;
    line += lexeme.split("\n").length - 1;
  }
  return undefined;
}
