import assert from "node:assert/strict";
import { atOnce } from "../../lib/steps.ts";
import { parseAnyYaml, parseYaml, YamlError, type YamlNode } from "../../lib/yaml/read.ts";
import { MAX_UNUSUAL_CHARS, readingUsualYaml, UnusualYaml } from "../../lib/yaml/usual_yaml.ts";
import { below, pick, type Random, seededRandom } from "../support/seeded_random.ts";
import { randomList, randomMap } from "./random_yaml.ts";

/** What the reader makes of a text; `undefined` where it leaves the text to the package. */
function usual(text: string): YamlNode | undefined {
  try {
    return atOnce(readingUsualYaml(text));
  } catch (error) {
    if (error instanceof UnusualYaml) return undefined;
    throw error;
  }
}

/** @returns whether the reader read it at all */
function assertSame(text: string): boolean {
  const found = usual(text);
  if (found === undefined) return false;
  let wanted: YamlNode;
  try {
    wanted = parseAnyYaml(text);
  } catch (error) {
    assert.fail(`read as usual, but the package refuses: ${(error as Error).message}\n${JSON.stringify(text)}`);
  }
  assert.deepEqual(found, wanted, JSON.stringify(text));
  return true;
}

for (
  const [what, text] of [
    ["a list as eksctl writes it", "- groups:\n  - system:nodes\n  rolearn: arn:aws:iam::1:role/a\n  username: b\n"],
    [
      "a list that is indented",
      "mapRoles:\n  - rolearn: a # x\n    groups: [b, 'c d', \"e\"]\n\n  # y\n  - rolearn: b\n",
    ],
    ["JSON on one line", '{"mapRoles":[{"rolearn":"a","groups":["b"],"n":1,"t":true}],"mapUsers":[]}'],
    ["JSON in lines", '{\n  "mapRoles": [\n    {\n      "rolearn": "a",\n      "groups": [\n      ]\n    }\n  ]\n}\n'],
    ["JSON with tabs, and with its escapes", '{\n\t"a": "\\u00e9\\n\\\\",\n\t"b": [\n\t\t"\\ud83d\\ude00"\n\t]\n}\n'],
    ["placeholders", "- username: admin:{{SessionName}}\n- username: '{{SessionName}}'\n"],
    ["account ids", 'mapAccounts: [012345678901, "1", 2]\n'],
    ["comments at every place", "# a\n\na: 1 # b\n   # c\nb: # d\n- x # e\n# f\n- y\n#g"],
    ["maps in maps", "server:\n  mapRoles:\n  - a: 1\n  port: 1\nx: y"],
    ["escapes", "a: \"\\\"\\\\\\/\"\nb: 'it''s'\n"],
    ["other scripts", "a: zoë-日本\nb: '日本 😀'\n"],
    ["texts that look like numbers", "a: 12ab\nb: 1:2\nc: 1.2.3.4x\nd: +1\n"],
  ] as const
) {
  Deno.test(`usual YAML is ${what}`, () => assert.equal(assertSame(text), true));
}

for (
  const [what, text] of [
    ["an anchor", "a: &x 1\n"],
    ["a tag", "a: !!str 1\n"],
    ["a block of text", "a: |\n  b\n"],
    ["a text on two lines", "a: b\n  c\n"],
    ["a key that comes twice", "a: 1\na: 2\n"],
    ["a tab", "a:\t1\n"],
    ["a value that is left out", "a:\nb: 1\n"],
    ["a bracket that is not closed", "a: [b\n"],
    ["a second document", "a: 1\n---\nb: 2\n"],
    ["a hexadecimal number", "a: 0x1F\n"],
    ["a key in two columns", "a: 1\n b: 2\n"],
    ["something behind the document", "[a]\nb"],
  ] as const
) {
  Deno.test(`${what} is left to the package`, () => assert.equal(usual(text), undefined));
}

/** A text of the usual forms, with slips now and then. */
function randomText(random: Random): string {
  return below(2, random) === 0 ? json(random, 0) + pick(["", "\n", " # x\n"], random) : block(random, "", 0);
}

const SCALARS = [
  ..."a|a b|a:b|a#b|a #b|012|12.5|1e3|0x1f|.5|.inf|null|Null|~|true|yes|+5|-5|a: b|a,b|a]|{x}|*x|&x|@x|é|日本|\u00a0|a\u2028b|\u0085"
    .split("|"),
  '"a"',
  '"a: b"',
  '"a\\"b"',
  '"a\\u0041"',
  '"\\n\\t\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\\ud83d"',
  '"\\u12"',
  '"\\x41"',
  '"\\e"',
  "'a'",
  "'a''b'",
  "'a #b'",
  '"a" ',
  "''",
  '""',
];

function json(random: Random, depth: number): string {
  const space = () => pick(["", "", " ", "\n", "\n  ", "  ", "\n\t", "\t"], random);
  const value = () => depth < 3 && below(2, random) === 0 ? json(random, depth + 1) : pick(SCALARS, random);
  const key = () =>
    pick(['"a"', '"b"', "'c'", "d", "e_f", "1", "null", '"a b"'], random) + pick([":", ": ", ":\n "], random);
  const items = Array.from({ length: below(4, random) });
  const comma = () => space() + pick([",", ",", ",", ", ", ""], random) + space();
  return below(2, random) === 0
    ? `[${space()}${items.map(value).join(comma())}${space()}${pick(["]", "]", "]", ",]", ""], random)}`
    : `{${space()}${items.map(() => key() + value()).join(comma())}${space()}}`;
}

function block(random: Random, indent: string, depth: number): string {
  const noise = () => pick(["", "", "", "", "\n", "# x\n", "   # y\n", "  \n"], random);
  const comment = () => pick(["", "", " # c", " ", "#d"], random);
  const lines = Array.from({ length: 1 + below(3, random) }, (_, i) => {
    const key = pick(["a", "b", "c", "d-e.f", '"g h"', "'i'", "1", "true"], random) + (i > 0 ? String(i) : "");
    const deeper = indent + pick(["  ", "  ", "    ", " ", ""], random);
    const rest = depth < 3 && below(2, random) === 0
      ? `${comment()}\n${noise()}${block(random, deeper, depth + 1)}`
      : ` ${pick([...SCALARS, "[a, b]", "{a: 1}", "[]", "", "[a,\n b]"], random)}${comment()}\n`;
    return [`${key}:${rest}`, noise()];
  });
  if (below(2, random) === 0) return lines.map(([line, after]) => `${indent}${line}${after}`).join("");
  return lines.map(([line, after]) => {
    const first = pick([
      `- ${pick(SCALARS, random)}\n`,
      `-  [a]${comment()}\n`,
      `- ${line}`,
      `- ${line}${indent}  z: 1\n`,
    ], random);
    return `${indent}${first}${after}`;
  }).join("");
}

Deno.test("whatever is read as usual YAML is what the package reads, to the column", () => {
  let read = 0;
  for (let seed = 0; seed < 6_000; seed += 1) {
    const random = seededRandom(seed);
    const text = pick([randomText, randomText, randomText, randomList, randomMap], random)(random);
    if (assertSame(text)) read += 1;
    // The same with one character taken away, put in or doubled.
    const at = below(text.length, random);
    const character = pick(["", " ", "\n", ":", "-", "#", '"', "'", ",", "]", "}", "\t", text[at] ?? ""], random);
    if (assertSame(text.slice(0, at) + character + text.slice(at + below(2, random)))) read += 1;
  }
  assert(read > 1_000, `only ${read} texts were read`);
});

Deno.test("a text of more than 2 MiB is read where it is usual, and else refused at the first place that is not", () => {
  const many = (line: (i: number) => string) =>
    Array.from({ length: Math.ceil(MAX_UNUSUAL_CHARS / line(0).length) + 1 }, (_, i) => line(i)).join("");
  const list = many((i) => `- {a: ${i}, b: [c]}\n`);
  const root = parseYaml(list);
  assert(root.kind === "list");
  assert.equal(root.items.length, list.split("\n").length - 1);
  assert.throws(() => parseYaml(`${list}- &x b\n`), (error) => {
    assert(error instanceof YamlError);
    const [problem, ...others] = error.problems;
    assert.deepEqual([problem?.line, problem?.column, others], [root.items.length + 1, 3, []]);
    assert.match(error.message, /only in texts of up to 2 MiB/);
    return true;
  });
});
