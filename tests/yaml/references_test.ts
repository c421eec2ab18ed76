import assert from "node:assert/strict";
import { lineOfReference } from "../../lib/yaml/references.ts";

for (
  const [what, text, line] of [
    ["an anchor", "a: 1\nb: &x 2\n", 2],
    ["an anchor on a list", "a:\n  &x\n  - 1\n", 2],
    ["an alias", "a: 1\n\nb: *x\n", 3],
    ["an alias in brackets", "a: [1,\n  *x]\n", 2],
    ["an alias as a key", "*x : 1\n", 1],
    ["a tag", 'a: "x\n  y"\nb: !!str 1\n', 3],
    ["a tag of its own", "a: |\n  x\n  y\nb: !mine 1\n", 4],
    ["a merge", "<<: *x\n", 1],
    ["ends of lines of Windows", "a: 1\r\nb: *x\r\n", 2],
  ] as const
) {
  Deno.test(`lineOfReference() finds ${what}`, () => assert.equal(lineOfReference(text), line));
}

Deno.test("lineOfReference() takes no text and no comment for a reference", () => {
  for (
    const text of [
      "",
      "a: b & c * d ! e\n# &x *x !x\n",
      "a: '&x'\nb: \"*x\"\nc: '!x'\n",
      "a: |\n  &x\n  *x\n  !x\nb: >-\n  !x\n",
      "a: b\n  &x\n  *x\n",
      "- --x=*\n- a&b\n- https://x/?a&b\n",
    ]
  ) assert.equal(lineOfReference(text), undefined, text);
});
