import assert from "node:assert/strict";
import { countOf, movedBy, movedTo } from "../../lib/yaml/moved.ts";
import { parseYaml } from "../../lib/yaml/read.ts";

const PART = "- a: [x, {b: y}]\n- z\n";

Deno.test("a part's tree has the places of the whole: a column moves on its first line alone", () => {
  assert.deepEqual(movedTo(parseYaml(PART), { line: 3, column: 1 }), parseYaml(`\n\n${PART}`));
  assert.deepEqual(movedBy({ line: 1, column: 2 }, { line: 5, column: 4 }), { line: 5, column: 5 });
  assert.deepEqual(movedBy({ line: 2, column: 2 }, { line: 5, column: 4 }), { line: 6, column: 2 });
});

Deno.test("every value of a tree counts", () => assert.equal(countOf(parseYaml(PART)), 7));
