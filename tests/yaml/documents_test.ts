import assert from "node:assert/strict";
import { plainOf } from "../../lib/yaml/access.ts";
import { MAX_DOCUMENTS, parseYamlDocuments } from "../../lib/yaml/documents.ts";
import { parseYaml, YamlError, type YamlNode } from "../../lib/yaml/read.ts";

function placesOf(node: YamlNode): readonly string[] {
  const own = `${node.line}:${node.column}`;
  if (node.kind === "scalar") return [own];
  const children = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return [own, ...children.flatMap(placesOf)];
}

for (
  const [what, text, want, places] of [
    ["one document", "a: 1\n", [{ a: 1 }], [["1:1", "1:4"]]],
    ["one document behind a marker", "# ours\n---\na: 1\n", [{ a: 1 }], [["3:1", "3:4"]]],
    ["two", "a: 1\n---\nb: 2\n", [{ a: 1 }, { b: 2 }], [["1:1", "1:4"], ["3:1", "3:4"]]],
    ["a document on the marker's line", "a: 1\n--- {b: 2}\n", [{ a: 1 }, { b: 2 }], [["1:1", "1:4"], ["2:5", "2:9"]]],
    ["a comment on the marker's line", "---  # first\na: 1\n--- # second\nb: 2\n", [{ a: 1 }, { b: 2 }], [
      ["2:1", "2:4"],
      ["4:1", "4:4"],
    ]],
    ["line ends of Windows", "---\r\na: 1\r\n---\r\nb: 2\r\n", [{ a: 1 }, { b: 2 }], [["2:1", "2:4"], ["4:1", "4:4"]]],
    ["a byte order mark", "\ufeff---\na: 1\n---\nb: 2\n", [{ a: 1 }, { b: 2 }], [["2:1", "2:4"], ["4:1", "4:4"]]],
    ["a document between empty ones", "---\n---\n# none\n---\na: 1\n---\n", [{ a: 1 }], [["5:1", "5:4"]]],
    ["nothing but markers", "---\n---\n", [null], [["1:1"]]],
    ["a marker in a block of text", "a: |\n  x\n---\nb: 2\n", [{ a: "x\n" }, { b: 2 }], [["1:1", "1:4"], [
      "4:1",
      "4:4",
    ]]],
    ["no marker where it is indented", "a: |\n  ---\n  x\n", [{ a: "---\nx\n" }], [["1:1", "1:4"]]],
    ["JSON, one after another", '{"a": 1}\n{"b": "}{"}[2]\n', [{ a: 1 }, { b: "}{" }, [2]], [
      ["1:1", "1:7"],
      ["2:1", "2:7"],
      ["2:12", "2:13"],
    ]],
    ["JSON with escaped quotes", '{"a": "\\"}{"}{"b": 2}', [{ a: '"}{' }, { b: 2 }], [["1:1", "1:7"], [
      "1:14",
      "1:20",
    ]]],
    ["JSON between markers", '{"a": 1}\n---\n{"b": 2}\n', [{ a: 1 }, { b: 2 }], [["1:1", "1:7"], ["3:1", "3:7"]]],
  ] as const
) {
  Deno.test(`parseYamlDocuments() reads ${what}`, () => {
    const documents = parseYamlDocuments(text);
    assert.deepEqual(documents.map(plainOf), want);
    assert.deepEqual(documents.map(placesOf), places);
  });
}

for (
  const [why, text, places] of [
    ["a fault of the second document, by its line in the text", "a: 1\n---\nb: 1\nb: 2\n", ["4:1"]],
    ["faults of several documents at once", "a: *x\n---\nb: 1\n---\nc: *y\n", ["1:4", "5:4"]],
    ["a fault in JSON behind JSON", '{"a": 1} {"b": 1,\n "b": 2}', ["2:2"]],
    ["JSON that is cut off", '{"a": 1}\n{"b": [', undefined],
    ["one document too many", "---\n".repeat(MAX_DOCUMENTS + 1), [`${MAX_DOCUMENTS + 2}:1`]],
    ["one JSON document too many", "{}".repeat(MAX_DOCUMENTS + 1), [`1:${2 * MAX_DOCUMENTS + 1}`]],
  ] as const
) {
  Deno.test(`parseYamlDocuments() refuses ${why}`, () => {
    assert.throws(() => parseYamlDocuments(text), (e) => {
      assert(e instanceof YamlError);
      if (places) assert.deepEqual(e.problems.map(({ line, column }) => `${line}:${column}`), places);
      return e.problems.length > 0;
    });
  });
}

Deno.test("parseYamlDocuments() stops once all documents together are as large as one may be", () => {
  const letters = "abcdef".split("");
  const lists = letters.map((letter, i) => `${letter}: &${letter} [${Array(9).fill(i ? `*${letters[i - 1]}` : "x")}]`);
  const document = `---\n${lists.join("\n")}\n`;
  parseYaml(document);
  assert.throws(() => parseYamlDocuments(document.repeat(MAX_DOCUMENTS)), (e) => {
    return e instanceof YamlError && e.problems.length === 1 && /together hold more than 1000000/.test(e.message);
  });
});

Deno.test("parseYamlDocuments() takes as many documents as it says", () => {
  assert.equal(parseYamlDocuments("---\na: 1\n".repeat(MAX_DOCUMENTS)).length, MAX_DOCUMENTS);
});
