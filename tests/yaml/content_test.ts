import assert from "node:assert/strict";
import { contentOf, fits, keepsComments } from "../../lib/yaml/content.ts";
import { parseYaml } from "../../lib/yaml/read.ts";

for (
  const [found, wanted, does] of [
    ["{a: [1, x]}", "{a: [1, x]}", true],
    ["012", "12", false],
    ["'x'", "x", true],
    ["1.20", "1.2", false],
    ["{a: 1, b: 2}", "{b: 2, a: 1}", false],
    ["{a: 1}", "{a: 1, b: 2}", false],
    ["[1, 2]", "[1]", false],
    ["[]", "null", false],
    ["'1'", "1", false],
  ] as const
) {
  Deno.test(`${found} ${does ? "fits" : "does not fit"} ${wanted}`, () => {
    assert.equal(fits(parseYaml(found), parseYaml(wanted)), does);
  });
}

Deno.test("a new value may be written in any way", () => {
  const value = { a: [12, "x"], b: null };
  assert.ok(fits(parseYaml("{'a': [0xC, \"x\"], b: ~}"), contentOf(value)));
  assert.ok(!fits(parseYaml("{'a': ['12', x], b: ~}"), contentOf(value)));
});

for (
  const [what, before, after, does] of [
    ["another one between", "# a\nx: 1 # b\n", "# a\n# new\nx: 1 # b\n", true],
    ["one of two gone", "# a\nx: 1 # b\n", "# a\nx: 1\n", false],
    ["their order turned", "# a\n# b\n", "# b\n# a\n", false],
    ["one that is a text now", "# a\nx: 1\n", "x: |\n  # a\n", false],
  ] as const
) {
  Deno.test(`comments with ${what} are ${does ? "kept" : "not kept"}`, () => {
    assert.equal(keepsComments(after, before), does);
  });
}
