import assert from "node:assert/strict";
import { isPrintable, jsonLines, printable, printableLines, quoted, sentence } from "../lib/quote.ts";

const HOSTILE = "a\u202eb\u001b[2J\u{e0041}\r\u2028\u115f";

for (
  const [how, shown, want] of [
    ["quoted()", quoted(`${HOSTILE}"\n`), '"a\\u{202e}b\\u001b[2J\\u{e0041}\\r\\u{2028}\\u{115f}\\"\\n"'],
    ["quoted() of much", quoted("a".repeat(129)), `"${"a".repeat(128)}…"`],
    ["printable()", printable(`${HOSTILE}\t\n`), "a\\u{202e}b\\u{1b}[2J\\u{e0041}\\u{d}\\u{2028}\\u{115f}\t\\u{a}"],
    ["printableLines()", printableLines("ä\n\u202e\n"), "ä\n\\u{202e}\n"],
    ["sentence()", sentence(`  ${HOSTILE}  x\n`), "a b [2J x"],
  ] as const
) {
  Deno.test(`${how} shows what a terminal might obey, and no more`, () => assert.equal(shown, want));
}

Deno.test("isPrintable() is true of lines of any script, and of nothing that hides", () => {
  for (const text of ["", "a\tb\n", "grüße\n日本\n🙂"]) assert.ok(isPrintable(text), text);
  for (const character of HOSTILE.replaceAll(/[ab[2J]/g, "")) assert.ok(!isPrintable(`a${character}`), character);
});

Deno.test("jsonLines() is JSON of the same value, and all of it is shown", () => {
  const value = { [HOSTILE]: [HOSTILE, "ä", 1, null] };
  const json = jsonLines(value);
  assert.deepEqual(JSON.parse(json), value);
  assert.ok(isPrintable(json) && json.includes("ä") && json.endsWith("}\n"), json);
  assert.match(json, /\\u202e.*\\udb40\\udc41/);
});
