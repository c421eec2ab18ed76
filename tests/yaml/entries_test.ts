import assert from "node:assert/strict";
import { parseAnyEntries, parseEntries } from "../../lib/yaml/entries.ts";
import { isBroken } from "../../lib/yaml/node.ts";
import { parseAnyYaml, parseYaml, YamlError, type YamlNode } from "../../lib/yaml/read.ts";
import { readEntries } from "../../lib/yaml/read_aside.ts";
import { plainOf } from "../../lib/yaml/access.ts";
import { below, pick, type Random, seededRandom } from "../support/seeded_random.ts";

/** The entries as values, broken ones as what is said of them; `undefined` where the whole list is refused. */
function read(text: string): readonly unknown[] | undefined {
  try {
    const root = parseEntries(text);
    assert(root.kind === "list");
    return root.items.map((item) =>
      isBroken(item)
        ? item.broken.map(({ line, column, message }) => `${line}:${column}: ${message}`).join()
        : plainOf(item)
    );
  } catch (error) {
    assert(error instanceof YamlError);
    return undefined;
  }
}

const [A, B, C] = [{ n: "a" }, { n: "b" }, { n: "c", m: "1" }];

for (
  const [what, text, want] of [
    ["a placeholder", "- n: a\n- n: {{b}}\n- n: c\n  m: '1'\n", [A, /^2:6: .*put \{\{b\}\} in quotes/, C]],
    ["a value with a colon, first", "- n: x: y\n- n: b\n", [/^1:6: /, B]],
    ["a key too deep, last", "- n: a\n- n: b\n   m: c\n", [A, /^3:4: .*one space more/]],
    ["a quote that nothing closes", '- n: "a\n- n: b\n', [/^1:6: The quote/, B]],
    ["a quote that the next one cannot close", '- n: "x\n- n: "b"\n', [/^1:6: The quote/, B]],
    ["a single quote that the next one cannot close", "- n: 'x\n- n: 'b'\n- {n: a}\n", [/^1:6: The quote/, B, A]],
    ["a bracket that is not closed", "- n: [x, y\n- n: b\n", [/bracket/, B]],
    ["a tab", "- n: a\n- n: b\n\tm: c\n- n: b\n", [A, /^3:1: .*tab/, B]],
    ["a key twice", "- n: a\n- n: b\n  n: c\n", [A, /^3:3: .*twice/]],
    ["an alias of another entry", "- &x\n  n: a\n- *x\n- n: {{\n", [A, /^3:3: Nothing is anchored/, /^4:6: /]],
    ["an entry too deep", "- n: a\n - n: b\n- n: b\n", [
      A,
      /^2:2: This entry is indented one space more than the one before it/,
      B,
    ]],
    ["two entries too deep", "- n: a\n  - n: b\n  - n: c\n", [A, /^2:3: /, /^3:3: /]],
    ["an item that is not like the entry before it", "- n: a\n   - x: b\n- n: b\n", [/^2:4: /, B]],
    ["a key of the entry behind one too deep", "- n: a\n    - n: b\n  m: c\n- n: b\n", [/^2:5: /, B]],
    ["an item of a list in the entry", "- n:\n    - n: b\n    - n: {{x}}\n- n: b\n", [/^3:10: /, B]],
    ["an entry too far left", "  - n: a\n- n: b\n  - n: b\n", [
      A,
      /^2:1: This entry is indented 2 spaces less than the first/,
      B,
    ]],
    ["comments and blank lines between", "# x\n\n- n: a\n# - n: x\n\n- n: {{x}}\n# y\n- n: b\n", [A, /^6:6: /, B]],
    ["line ends of Windows", "- n: a\r\n- n: {{x}}\r\n- n: b\r\n", [A, /^2:6: /, B]],
    ["a line that starts the document", "---\n- n: a\n- n: b: c\n", [A, /^3:6: /]],
    ["a list that is indented", "    - n: a\n    - n: {{x}}\n", [A, /^2:10: /]],
    ["a dash alone", "-\n  n: a\n-\n  n: {{x}}\n", [A, /^4:6: /]],
    ["a block of text that looks like entries", "- n: |\n    - n: x\n- n: {{x}}\n", [{ n: "- n: x\n" }, /^3:6: /]],
    ["a placeholder, and no other entry is whole", "- n: {{x}}\n- n: b: c\n", [/^1:6: /, /^2:6: /]],
    ["scalars", "- 1\n- @x\n- 2\n", [1, /^2:3: /, 2]],
  ] as const
) {
  Deno.test(`${what} breaks its entry, and no other`, () => {
    const found = read(text);
    assert.equal(found?.length, want.length, JSON.stringify(found));
    for (const [i, wanted] of want.entries()) {
      if (wanted instanceof RegExp) assert.match(String(found![i]), wanted);
      else assert.deepEqual(found![i], wanted);
    }
  });
}

for (
  const [why, text] of [
    ["it is in brackets", "[{n: a}, {n: {{x}}}]"],
    ["it is a map", "n: a\nm: {{x}}\n"],
    ["a second document follows", "- n: a\n- n: {{x}}\n---\n- n: b\n"],
    ["a second document follows, and all is indented", "  - n: a\n  - n: {{x}}\n  ---\n  - n: b\n"],
    ["its document ends before the last entry", "- n: {{x}}\n...\n- n: b\n"],
    ["something stands before the first entry", "x\n- n: a\n- n: {{x}}\n"],
    ["its first entry is indented with a no-break space", "\u00a0- n: a\n- n: b\n"],
  ] as const
) {
  Deno.test(`a list that is not YAML is refused whole where ${why}`, () => assert.equal(read(text), undefined));
}

/** What somebody may give as a value, and another tool puts in quotes, with the quotes in it escaped. */
const VALUE = "x\n- n: evil\n- n: y";

for (
  const [how, text] of [
    ["in double quotes", `- n: "${VALUE}"\n- n: b\n- n: {{x}}\n`],
    ["in single quotes", `- n: '${VALUE}'\n- n: b\n- n: {{x}}\n`],
    ["in double quotes, with an escaped one", `- n: "${VALUE}\\""\n- n: b\n- n: {{x}}\n`],
    ["in single quotes, with an escaped one", `- n: '${VALUE}'''\n- n: b\n- n: {{x}}\n`],
    ["before a suffix", `- n: "${VALUE}-x"\n- n: {{x}}\n`],
    ["before a comment", `- n: "${VALUE}" # x\n- n: {{x}}\n`],
    ["within brackets", `- n: ["${VALUE}", "b"]\n- n: {{x}}\n`],
    ["at the end of brackets", `- n: ["a", "${VALUE}"]\n- n: {{x}}\n`],
    ["in a map in braces", `- {"m": "${VALUE}", "n": b}\n- n: {{x}}\n`],
    ["as a key", `- "${VALUE}": b\n- n: {{x}}\n`],
    ["at the end of the text", `- n: b\n- n: "${VALUE}"`],
    ["behind a broken entry", `- n: {{x}}\n- n: "${VALUE}"\n- n: b\n`],
    ["with spaces behind it", `- n: "${VALUE}"   \n- n: {{x}}\n`],
  ] as const
) {
  Deno.test(`a value ${how} never becomes an entry: the list is refused whole`, () => {
    assert.equal(read(text), undefined);
  });
}

Deno.test("what many entries cost is bounded as it is for one document", () => {
  const bomb = (i: number) => `- [&a${i} [${"x,".repeat(100)}x], ${`*a${i},`.repeat(2_000)}x]\n`;
  assert(read(Array.from({ length: 8 }, (_, i) => bomb(i)).join("") + "- n: {{x}}\n") === undefined);
});

for (
  const [what, text] of [
    ["10,000 quotes that are not closed", '- n: "x\n'.repeat(10_000) + "- n: a\n"],
    ["a quote before 1 MB of text", `- n: "x\n- n: a\n- n: ${"y".repeat(1_000_000)}\n`],
    ["10,000 broken entries", "- n: {{x}}\n".repeat(10_000) + "- n: a\n"],
    ["10,000 entries too deep", `- n: a\n${" - n: b\n".repeat(10_000)}- n: a\n`],
    ["an entry of 10,000 lines", `- n:\n${"  - n:\n".repeat(10_000)}  - {{x}}\n- n: a\n`],
  ] as const
) {
  Deno.test(`${what} are read in time that grows as the text does`, () => {
    assert.deepEqual(read(text)?.at(-1) !== undefined, true);
  });
}

/** A list of entries as people write them, one or two of them with a slip. */
function randomEntries(random: Random): { readonly text: string; readonly isGood: readonly boolean[] } {
  const indent = " ".repeat(below(3, random));
  const good = () =>
    pick([
      "- n: a\n  m: [b, c]\n",
      '- "n": "it\'s"\n',
      "- {n: a, m: 'b'}\n",
      "- n: &x a\n  m: *x\n",
      "- n: |\n    - n: x\n  m: 1\n",
      "-   n: a\n    m:\n    - b\n    - c\n",
      "- plain\n",
      "- # note\n  n: a\n",
    ], random);
  const bad = () =>
    pick(
      ["- n: {{x}}\n", "- n: a: b\n", "- n: a\n   m: b\n", "- n: a\n  n: b\n", "- n: a\n\tm: b\n", "- @x\n"],
      random,
    );
  const isGood = Array.from({ length: 2 + below(5, random) }, () => below(3, random) > 0);
  const between = () => pick(["", "", "", "# c\n", "\n"], random);
  const text = isGood.map((each) => (each ? good() : bad()) + between()).join("");
  return { text: text.replaceAll(/^(?=.)/gm, indent), isGood };
}

Deno.test("what is read of a list with slips is what is read where their entries are comments", () => {
  let split = 0;
  for (let seed = 0; seed < 1_500; seed += 1) {
    const { text, isGood } = randomEntries(seededRandom(seed));
    if (!isGood.includes(true)) continue;
    const root = parseEntries(text);
    assert(root.kind === "list", text);
    assert.deepEqual(root.items.map((item) => !isBroken(item)), isGood, text);
    const lines = text.split("\n");
    for (const item of root.items) {
      if (!isBroken(item)) continue;
      for (let i = 0; i < item.text.trimEnd().split("\n").length; i += 1) {
        if (i + item.line - 1 < lines.length) lines[i + item.line - 1] = "";
      }
    }
    const wanted = parseAnyYaml(lines.join("\n"));
    assert(wanted.kind === "list");
    assert.deepEqual(root.items.filter((item) => !isBroken(item)), wanted.items, text);
    split += 1;
  }
  assert(split > 800, `only ${split} lists were read`);
});

Deno.test("a list with slips is the same at once, by the package alone, and on a thread of its own", async () => {
  const outcome = (read: () => YamlNode | Promise<YamlNode>) =>
    Promise.resolve().then(read).catch((error) => {
      assert(error instanceof YamlError);
      return error.problems;
    });
  for (let seed = 0; seed < 12; seed += 1) {
    const { text } = randomEntries(seededRandom(seed));
    // Longer than what is read at once.
    const long = text + text.replaceAll(/^(?=.)/gm, "").repeat(Math.ceil(2_100 / text.length));
    for (const each of [text, long]) {
      const wanted = await outcome(() => parseEntries(each));
      assert.deepEqual(await outcome(() => parseAnyEntries(each)), wanted, each);
      assert.deepEqual(await outcome(() => readEntries(each)), wanted, each);
    }
  }
});

Deno.test("what is YAML is read as it is without entries", () => {
  for (const text of ["", "- a\n- b: c\n", "[]", "a: b\n", "- &x a\n- *x\n", "'x'\n"]) {
    assert.deepEqual(parseEntries(text), parseYaml(text));
  }
});
