import assert from "node:assert/strict";
import { mergeYaml, readPlain, type YamlChange } from "../../lib/yaml/merge.ts";
import { YamlEditError } from "../../lib/yaml/splice.ts";
import { below, pick, type Random, seededRandom } from "../support/seeded_random.ts";
import { inOtherHands, randomMap } from "./random_yaml.ts";

const put = (value: YamlChange["value"], ...path: YamlChange["path"]): YamlChange => ({ path, value });

for (
  const [what, before, change, after] of [
    ["an item, as the list is indented", "l:\n  - a\nk: 1\n", put("b", "l", 1), "l:\n  - a\n  - b\nk: 1\n"],
    [
      "an item below the comments on the last one",
      "l:\n- a\n  # of a\n# of k\nk: 1\n",
      put("b", "l", 1),
      "l:\n- a\n  # of a\n- b\n# of k\nk: 1\n",
    ],
    ["an item to a list of none", "l: [] # none\nk: 1\n", put("b", "l", 0), "l: # none\n- b\nk: 1\n"],
    ["an item to a list that says null", "l: null\nk: 1\n", put("b", "l", 0), "l:\n- b\nk: 1\n"],
    ["an item to a list that says nothing", "l: # none\nk: 1\n", put("b", "l", 0), "l: # none\n- b\nk: 1\n"],
    ["an item to a list that is missing", "k: 1\n", put("b", "l", 0), "k: 1\nl:\n- b\n"],
    ["an item to an empty text", "", put("b", "l", 0), "l:\n- b\n"],
    ["an item to a comment", "# c", put("b", "l", 0), "# c\nl:\n- b"],
    ["an item to a list in brackets", "l: [a, c] # two\n", put("b", "l", 2), 'l: [a, c, "b"] # two\n'],
    ["an item to brackets over lines", "l: [\n  a # one\n]\n", put("b", "l", 1), 'l: [\n  a,\n  "b" # one\n]\n'],
    [
      "an item below a text of many lines",
      "l:\n- |\n  a\n\n  b\nk: 1\n",
      put("b", "l", 1),
      "l:\n- |\n  a\n\n  b\n- b\nk: 1\n",
    ],
    ["an item before the end of the document", "l:\n- a\n...\n", put("b", "l", 1), "l:\n- a\n- b\n...\n"],
    [
      "an item with line ends of Windows",
      "l:\r\n- a\r\n",
      put({ a: 1, b: 2 }, "l", 1),
      "l:\r\n- a\r\n- a: 1\r\n  b: 2\r\n",
    ],
    ["an item without a last line end", "l:\n- a", put("b", "l", 1), "l:\n- a\n- b"],
    ["a key, as the map is indented", "m:\n    a: 1\nk: 1\n", put("x", "m", "b"), "m:\n    a: 1\n    b: x\nk: 1\n"],
    [
      "a key in an item",
      "l:\n- a: 1\n- a: 2\n",
      put({ x: ["y"] }, "l", 0, "b"),
      'l:\n- a: 1\n  b:\n    x:\n    - "y"\n- a: 2\n',
    ],
    ["a key to a map of none", "m: {}\n", put(1, "m", "a"), "m:\n  a: 1\n"],
    ["a key to a map in braces", "m: {a: 1}\n", put("x", "m", "b"), 'm: {a: 1, "b": "x"}\n'],
    [
      "a key to JSON",
      '{\n\t"a": []\n}\n',
      put([{ c: 1 }], "b"),
      '{\n\t"a": [],\n\t"b": [\n\t\t{\n\t\t\t"c": 1\n\t\t}\n\t]\n}\n',
    ],
    ["a text in its quotes", `k: "a" # c\n`, put("b", "k"), `k: "b" # c\n`],
    ["a text in single quotes", `k: 'a' # c\n`, put("it's", "k"), `k: 'it''s' # c\n`],
    ["a text without quotes", "k: a # c\n", put("b", "k"), "k: b # c\n"],
    ["a text that needs quotes", "k: a\n", put("yes", "k"), 'k: "yes"\n'],
    ["a text in place of one of many lines", "k: |\n  a\nl: 1\n", put("b", "k"), "k: b\nl: 1\n"],
    ["no items in place of some", "m:\n  l:\n  - a\n  - b\n  n: 1\n", put([], "m", "l"), "m:\n  l: []\n  n: 1\n"],
    ["no items in place of some in brackets", "l: [a] # c\nk: 1\n", put([], "l"), "l: [] # c\nk: 1\n"],
    ["a text in place of nothing", "k:\nl: 1\n", put("b", "k"), "k: b\nl: 1\n"],
    ["a text in JSON", '{"k": "a"}', put('b"', "k"), '{"k": "b\\""}'],
    ["a list in place of another", "l:\n  - a\n  - b\nk: 1\n", put(["c"], "l"), "l:\n- c\nk: 1\n"],
    ["a list in place of the last, without a line end", "l:\n- a\n- b", put(["c"], "l"), "l:\n- c"],
    ["the rest of a list", "l:\n- a # c\n", put(["a", "b"], "l"), "l:\n- a # c\n- b\n"],
    [
      "the keys of a map that differ",
      "m:\n  a: 1 # c\n  b: x\n",
      put({ a: 1, b: "z", c: true }, "m"),
      "m:\n  a: 1 # c\n  b: z\n  c: true\n",
    ],
    ["nothing where all is so", "m: {a: 1,   b: [x] }\n", put({ b: ["x"] }, "m"), "m: {a: 1,   b: [x] }\n"],
    ["nothing where an alias says so", "a: &a {b: 1}\nc: *a\n", put(1, "c", "b"), "a: &a {b: 1}\nc: *a\n"],
    ["a value that an alias repeats, where both are meant", "a: &a {b: 1}\nc: *a\n", [
      put(2, "a", "b"),
      put(2, "c", "b"),
    ], "a: &a {b: 2}\nc: *a\n"],
  ] as const
) {
  Deno.test(`mergeYaml() puts ${what}`, () => {
    const changes = "path" in change ? [change] : change;
    assert.equal(mergeYaml(before, changes), after);
    assert.equal(mergeYaml(after, changes), after);
  });
}

for (
  const [what, before, change, says] of [
    ["what does not parse", "a: 1\n\tb: 2\n", put(1, "c"), /^it does not parse: 2:1: .*; repair it first$/],
    ["a key that stands twice", "a: 1\na: 2\n", put(1, "c"), /This key comes twice in its map/],
    ["two documents", "a: 1\n---\nb: 2\n", put(1, "c"), /does not parse: 2:/],
    ["a tag of its own", "a: !x 1\n", put(1, "c"), /does not parse/],
    ["an alias in the way", "a: &a {b: 1}\nc: *a\n", put(2, "c", "b"), /"c.b" cannot change alone: an alias/],
    ["an alias in its place", "a: &a x\nc: *a\n", put("y", "c"), /"c" cannot change alone: an alias/],
    [
      "an anchor that others use",
      "a: &a {b: 1}\nc: *a\n",
      put(2, "a", "b"),
      /its form does not let .* \(an anchor or a comment\)/,
    ],
    ["a comment in what goes", "l:\n- a # of a\n- b\n", put(["c"], "l"), /its form does not let/],
    ["a text in the way", "a: x\n", put(1, "a", "b"), /"a.b" cannot change alone: something else/],
    ["a map in place of a list", "a: {b: 1}\n", put(1, "a", 0), /"a.0" cannot change alone/],
    ["a map in place of a text", "a:\n  b: 1\n", put("x", "a"), /does not allow replacing the value/],
    ["a list within a list's line", "a:\n- - b\n", put(["c"], "a", 0), /does not allow replacing|its form/],
  ] as const
) {
  Deno.test(`mergeYaml() refuses ${what}`, () => {
    assert.throws(
      () => mergeYaml(before, [change]),
      (e) => e instanceof YamlEditError && e.code === "ERR_YAML_EDIT" && says.test(e.message),
    );
  });
}

const FILLINGS = ["", " # c1", "\n  # c2", "\n\n# c3"];
const TEXTS = [
  "plain",
  '"quoted # no comment"',
  "'single'",
  "'#'",
  "1.20",
  "0o14",
  "yes",
  "~",
  "|\n      many\n      # not a comment\n",
  "{a: 1}",
  "[]",
];

/** A list of maps, each written in another way, with comments between. */
function randomList(random: Random): string {
  const indent = pick(["", "  ", "    "], random);
  const items = Array.from({ length: 1 + below(4, random) }, (_, i) => {
    const value = pick(TEXTS, random);
    const text = `${indent}- name: n${i}${pick(["", "  # c"], random)}\n${indent}  v: ${
      value.replaceAll("\n      ", `\n${indent}      `)
    }`;
    const isWhole = text.endsWith("\n");
    const inBraces = `${indent}- {name: n${i}, "v": [1, 2]}`;
    const chosen = pick([text, text, inBraces], random);
    return chosen + (chosen.endsWith("\n") ? "" : isWhole && chosen === text ? "" : `${pick(FILLINGS, random)}\n`);
  });
  return `${pick(["", "# head\n", "---\n"], random)}before: [1,   2]\nlist:${pick(["", " # of the list"], random)}\n${
    items.join("")
  }${pick(["", "after: {a:   1}\n", "# tail\n", "after: x"], random)}`;
}

Deno.test("mergeYaml() only inserts where an item is added, whatever stands round it", () => {
  const random = seededRandom(11);
  for (let i = 0; i < 300; i++) {
    const lf = randomList(random);
    const before = pick([lf, lf.replaceAll("\n", "\r\n")], random);
    const { list } = readPlain(before) as { list: unknown[] };
    const change = put({ name: "new", v: { a: ["x"], b: "y: z" } }, "list", list.length);
    const after = mergeYaml(before, [change]);
    assertInsertion(before, after);
    assert.deepEqual(readPlain(after), { ...readPlain(before) as object, list: [...list, change.value] });
    assert.equal(mergeYaml(after, [change]), after);
  }
});

Deno.test("mergeYaml() changes one value and no byte beside it, whatever stands round it", () => {
  const random = seededRandom(12);
  for (let i = 0; i < 300; i++) {
    const before = randomList(random);
    const { list } = readPlain(before) as { list: { name: string; v: unknown }[] };
    const index = below(list.length, random);
    const after = mergeYaml(before, [put("other", "list", index, "name")]);
    assert.equal(after.replace("other", `n${index}`).replace('"n', "n").replace(`n${index}"`, `n${index}`), before);
  }
});

function assertInsertion(before: string, after: string): void {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  const tail = before.slice(head);
  assert.ok(after.endsWith(tail) && after.length > before.length, `${before}\n=====\n${after}`);
}

Deno.test("mergeYaml() changes the lines of one value alone, in whatever form it stands, or refuses", () => {
  const random = seededRandom(13);
  const seen = { changed: 0, refused: 0 };
  for (let i = 0; i < 1_500; i++) {
    const before = inOtherHands(randomMap(random), random);
    const path = pick([["list", 0, "a"], ["list", 1, "b"], ["list", 0], ["after", "a"], ["after", "b", 0]], random);
    const { list } = readPlainOr<{ list: unknown[] | null }>({ list: [] }, before);
    if (path[0] === "list" && Number(path[1]) > (list?.length ?? 0)) continue;
    const change = put(pick(["new", "a: b", 7, true], random), ...path);
    try {
      const after = mergeYaml(before, [change]);
      seen.changed += 1;
      assert.deepEqual(readPlain(after), withPlain(readPlain(before), change));
      assertOthersStay(before, after, change);
      assert.equal(mergeYaml(after, [change]), after);
    } catch (error) {
      if (!(error instanceof YamlEditError)) throw error;
      seen.refused += 1;
      assert.match(error.message, /; (?:repair it first|edit it by hand)$/);
    }
  }
  assert.ok(seen.changed > 250 && seen.refused > 250, JSON.stringify(seen));
});

function readPlainOr<T>(otherwise: T, text: string): T {
  try {
    return readPlain(text) as T;
  } catch {
    return otherwise;
  }
}

/** What the file shall hold, by code of its own. */
function withPlain(plain: unknown, { path, value }: YamlChange): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const copy = (Array.isArray(plain) ? [...plain] : typeof step === "number" ? [] : { ...plain as object }) as Record<
    string | number,
    unknown
  >;
  copy[step] = withPlain(copy[step], { path: rest, value });
  return copy;
}

/** Beside the value, and what had to be made for it, every line is there still, and in its order. */
function assertOthersStay(before: string, after: string, { path, value }: YamlChange): void {
  let [head, tail] = [0, 0];
  const [old, now] = [before.split("\n"), after.split("\n")];
  while (head < old.length && old[head] === now[head]) head += 1;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const lost = old.slice(head, old.length - tail);
  const keys = lost.filter((line) => /^\s*(?:- *)?(?:before|list|after|[abc]):/.test(line)).length;
  assert.ok(keys <= 1, `${path.join(".")} = ${value}\n${before}\n=====\n${after}`);
}
