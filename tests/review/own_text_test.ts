import assert from "node:assert/strict";
import { ownText } from "../../lib/review/own_text.ts";

for (const text of ["", "LTAI5tMadeUp", 'é\u{1f600}\ud800\u2028"\\']) {
  Deno.test(`a copy says what ${JSON.stringify(text)} says`, () => assert.equal(ownText(text), text));
}
