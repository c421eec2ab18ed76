import assert from "node:assert/strict";
import { characterName } from "../lib/character_name.ts";

for (
  const [character, want] of [
    ["\t", "tab (U+0009)"],
    ["\u00a0", "no-break space (U+00A0)"],
    ["\u200b", "zero-width space (U+200B)"],
    ["“", "“ (U+201C)"],
    ["\u202e", "character (U+202E)"],
    ["\u0300", "character (U+0300)"],
    ["😀", "😀 (U+1F600)"],
  ]
) {
  Deno.test(`a character is called ${want}`, () => assert.equal(characterName(character!), want));
}
