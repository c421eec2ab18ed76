import assert from "node:assert/strict";
import { LineCounter } from "yaml";
import { diagnose, openQuotes } from "../../lib/yaml/diagnosis.ts";

for (
  const [text, want] of [
    ['- a: "b\n- a: "c"\n', [5]],
    ["- a: 'b\n", [5]],
    ["- a: it's\n- b: \"x\\\"y\"\n- c: 'd''e'\n", []],
    ["# it's\na: |\n  \"x\n", []],
    ['a: "b\n  c"\nd: [e, "f\n', [18]],
  ] as const
) {
  Deno.test(`the quotes that are left open in ${JSON.stringify(text)} are at ${JSON.stringify(want)}`, () => {
    assert.deepEqual(openQuotes(text).map(({ offset }) => offset), want);
  });
}

Deno.test("of several faults in one entry, the first is told; what follows another entry is told, too", () => {
  const text = "- a: x\n  b: y\n- a: z\n";
  const counter = new LineCounter();
  for (const start of [0, 7, 14]) counter.addNewLine(start);
  const fault = (offset: number) => ({ code: "UNEXPECTED_TOKEN", message: "", pos: [offset, offset + 1] as const });
  const places = diagnose(text, [fault(16), fault(9), fault(5)], counter).map(({ line, column }) => [line, column]);
  assert.deepEqual(places, [[1, 6], [3, 3]]);
});
