/**
 * Anchors, aliases and tags: what lets a YAML text mean more than its lines say. An editor that goes by lines refuses
 * them.
 *
 * @module
 */

import { Lexer } from "yaml";

/** The line of the first one, from 1; `undefined` where there is none. The package marks what is a text by a control character. */
export function lineOfReference(body: string): number | undefined {
  let [line, before] = [1, ""];
  for (const lexeme of new Lexer().lex(body)) {
    if (/^[&*!]/.test(lexeme) && before !== "\x1f") return line;
    line += lexeme.split("\n").length - 1;
    before = lexeme;
  }
  return undefined;
}
