import assert from "node:assert/strict";
import { MAX_NAME_LENGTH, nameFault } from "../../lib/mapping/name.ts";

const UNSEEN = /cannot be seen/;

for (
  const [what, name, fault] of [
    ["nothing", "", /is empty/],
    ["spaces alone", "  ", /is empty/],
    ["a space before it", " admin", /white space/],
    ["a space behind it", "admin ", /white space/],
    ["more than the longest", "a".repeat(MAX_NAME_LENGTH + 1), /longer than 1024/],
    ["a control character", "a\u0007b", UNSEEN],
    ["a line break", "a\nb", UNSEEN],
    ["a line separator", "a\u2028b", UNSEEN],
    ["a paragraph separator", "a\u2029b", UNSEEN],
    ["a change of direction", "a\u202Eb", UNSEEN],
    ["a format character of digits", "a\u0600b", UNSEEN],
    ["a zero-width space", "a\u200Bb", UNSEEN],
    ["a lone surrogate", "a\uD800b", UNSEEN],
    ["a Hangul filler", "a\u3164b", UNSEEN],
    ["a variation selector", "a\uFE0Fb", UNSEEN],
    ["a variation selector of the second plane", "a\u{E0100}b", UNSEEN],
    ["a grapheme joiner", "a\u034Fb", UNSEEN],
    ["an empty Braille pattern", "a\u2800b", UNSEEN],
    ["a no-break space", "a\u00A0b", UNSEEN],
    ["an ideographic space", "a\u3000b", UNSEEN],
    ["a letter and its accent apart", "e\u0301", /composed form/],
    ["a space within", "a b", undefined],
    ["the longest", "a".repeat(MAX_NAME_LENGTH), undefined],
    ["a letter with its accent", "\u00E9", undefined],
    ["another script", "\u7BA1\u7406\u5458", undefined],
    ["a character of two units", "a\u{1F511}", undefined],
  ] as const
) {
  Deno.test(`a name that holds ${what} is ${fault === undefined ? "good" : "refused"}`, () => {
    if (fault === undefined) assert.equal(nameFault(name), undefined);
    else assert.match(nameFault(name) ?? "", fault);
  });
}
