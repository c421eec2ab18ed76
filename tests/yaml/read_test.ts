import assert from "node:assert/strict";
import { parseYaml, YamlError, type YamlNode } from "../../lib/yaml/read.ts";

/** The tree as plain values. */
function plain(node: YamlNode): unknown {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map") return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  return node.value;
}

for (
  const [what, text, want] of [
    ["an empty text", "", null],
    ["comments alone", "# nothing\n", null],
    ["an empty document", "---\n", null],
    ["a map", "a: 1\nb: [x, true, null]\n", { a: 1, b: ["x", true, null] }],
    ["JSON", '{"a":{"b":["c"]}}', { a: { b: ["c"] } }],
    ["a byte order mark", "\ufeffa: 1\n", { a: 1 }],
    ["line breaks of Windows", "a: 1\r\nb:\r\n  - c\r\n", { a: 1, b: ["c"] }],
    ["a block of text", "a: |\n  one\n  two\n", { a: "one\ntwo\n" }],
    ["a key without a value", "a:\nb: 1\n", { a: null, b: 1 }],
    ["an alias, written out", "a: &x [1, 2]\nb: *x\n", { a: [1, 2], b: [1, 2] }],
    ["aliases of an anchor that comes twice", "[&x 1, *x, &x 2, *x]", [1, 1, 2, 2]],
    ["an alias beside an anchor within what another alias stands for", "a: &x [&y 1]\nb: &y 2\nc: *x\nd: *y\n", {
      a: [1],
      b: 2,
      c: [1],
      d: 2,
    }],
    ["words that YAML 1.1 takes for truth values", "a: yes\nb: off\n", { a: "yes", b: "off" }],
  ] as const
) {
  Deno.test(`parseYaml() reads ${what}`, () => assert.deepEqual(plain(parseYaml(text)), want));
}

Deno.test("parseYaml() keeps how a scalar and a key were written", () => {
  const root = parseYaml("012: 012345678901\nb: 0x1F\nc: '012'\nd: ~\n");
  assert(root.kind === "map");
  assert.deepEqual(
    root.entries.map(({ key, value }) => [key, value.kind === "scalar" && value.text]),
    [["012", "012345678901"], ["b", "0x1F"], ["c", "012"], ["d", "~"]],
  );
});

for (
  const [what, newline, mark] of [
    ["", "\n", ""],
    [" with line breaks of Windows", "\r\n", ""],
  ] as const
) {
  Deno.test(`parseYaml() counts lines and columns from 1${what}`, () => {
    const root = parseYaml(`${mark}a: 1${newline}bc:${newline}  - x${newline}  - yz: q${newline}`);
    assert(root.kind === "map");
    const [a, bc] = root.entries;
    assert.deepEqual([a!.line, a!.column, a!.value.line, a!.value.column], [1, 1, 1, 4]);
    assert.deepEqual([bc!.line, bc!.column], [2, 1]);
    assert(bc!.value.kind === "list");
    const [x, map] = bc!.value.items;
    assert.deepEqual([x!.line, x!.column], [3, 5]);
    assert(map!.kind === "map");
    const { line, column, value } = map!.entries[0]!;
    assert.deepEqual([line, column, value.line, value.column], [4, 5, 4, 9]);
  });
}

for (
  const [why, text, positions] of [
    ["a key that stands twice", "a: 1\nb: 2\na: 3\n", ["3:1"]],
    ["a key that stands twice, deep inside", "x:\n  - a: 1\n    a: 2\n", ["3:5"]],
    ["a key that stands twice, once in quotes", "1: a\n'1': b\n", ["2:1"]],
    ["an alias before its anchor", "[*x, &x 1]", ["1:2"]],
    ["two documents", "a: 1\n---\nb: 2\n", ["2:1"]],
    ["a tab as indentation", "a:\n\tb: 1\n", undefined],
    ["an open list", "a: [1, 2\n", undefined],
    ["an open quote", 'a: "b\n', undefined],
    ["a tag that is not known", "a: !secret x\n", ["1:4"]],
    ["an alias of nothing", "a: *gone\n", ["1:4"]],
    ["a key that is a list", "? [a, b]\n: 1\n", ["1:3"]],
    ["a key that is null", "~: 1\n", ["1:1"]],
    ["a key that is an alias", "a: &x b\n*x : 1\n", ["2:1"]],
    ["an alias in itself", "a: &x\n  - *x\n", undefined],
    ["33 levels", "[".repeat(33) + "]".repeat(33), ["1:33"]],
    ["bytes that are no text", "a: \u0000\u0001: b: c", undefined],
  ] as const
) {
  Deno.test(`parseYaml() refuses ${why}`, () => {
    assert.throws(() => parseYaml(text), (e) => {
      assert(e instanceof YamlError);
      assert.equal(e.code, "ERR_YAML");
      assert(e.problems.length > 0);
      if (positions) assert.deepEqual(e.problems.map(({ line, column }) => `${line}:${column}`), positions);
      return true;
    });
  });
}

Deno.test("parseYaml() reads 32 levels", () => {
  parseYaml("[".repeat(32) + "]".repeat(32));
});

Deno.test("parseYaml() says every problem, each with its place", () => {
  assert.throws(() => parseYaml("a: 1\na: 2\nb: 3\nb: 4\n"), (e) => {
    assert(e instanceof YamlError);
    assert.deepEqual(e.problems.map(({ line }) => line), [2, 4]);
    return /^2:1: .*; 4:1: /.test(e.message);
  });
});

Deno.test("parseYaml() refuses a bomb of aliases, with one problem", () => {
  const laughs = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"];
  for (let i = 1; i < 10; i++) laughs.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(", ")}]`);
  assert.throws(() => parseYaml(laughs.join("\n")), (e) => {
    assert(e instanceof YamlError);
    assert.equal(e.problems.length, 1);
    return /more than 1000000 values/.test(e.message);
  });
});

Deno.test("parseYaml() says 20 problems in its message, and holds all", () => {
  assert.throws(() => parseYaml("- a: b: c\n".repeat(1_000)), (e) => {
    assert(e instanceof YamlError);
    assert.equal(e.problems.length, 1_000);
    return /^1:6: .*; 20:6: .*; and 980 more$/.test(e.message);
  });
});

for (const level of ["[", "- ", "? "]) {
  Deno.test(`parseYaml() says in its own words, once, that 50,000 levels of "${level}" are too many`, () => {
    assert.throws(() => parseYaml(level.repeat(50_000)), (e) => {
      return e instanceof YamlError && /^1:\d+: It is nested deeper than 32 levels$/.test(e.message);
    });
  });
}

for (
  const [what, text] of [
    ["100,000 aliases", `- &x a\n${"- *x\n".repeat(100_000)}`],
    ["a map of 100,000 keys", Array.from({ length: 100_000 }, (_, i) => `k${i}: 1\n`).join("")],
  ] as const
) {
  Deno.test(`parseYaml() reads ${what}, in time that grows as the text does`, () => {
    const root = parseYaml(text);
    assert.equal(root.kind === "map" ? root.entries.length : root.kind === "list" ? root.items.length - 1 : 0, 100_000);
  });
}

for (
  const [what, text, problem] of [
    ["more brackets than can be open", "[".repeat(2_000_000), { line: 1, column: 1_001, message: /deeper than 32/ }],
    ["more maps than can be open", `a:\n${"a: b: c\n".repeat(100_000)}`, { message: /deeper than 32/ }],
    ["more words and marks than the package is given", "@: %\n".repeat(300_000), {
      column: 1,
      message: /1000000 words/,
    }],
  ] as const
) {
  Deno.test(`parseYaml() stops at ${what}, before they cost memory`, () => {
    assert.throws(() => parseYaml(text), (error) => {
      assert(error instanceof YamlError);
      assert.equal(error.problems.length, 1);
      assert.match(error.problems[0]!.message, problem.message);
      for (const at of ["line", "column"] as const) {
        if (at in problem) assert.equal(error.problems[0]![at], (problem as Record<string, unknown>)[at]);
      }
      return true;
    });
  });
}

Deno.test("parseYaml() says of several documents where the second begins", () => {
  assert.throws(() => parseYaml("a\n---\nb\n---\nc\n"), /^YamlError: 2:1: A second document begins here/);
});
