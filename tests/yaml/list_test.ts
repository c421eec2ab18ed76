import assert from "node:assert/strict";
import { plainOf } from "../../lib/yaml/access.ts";
import { appendItem, cutItem, itemText, readItems } from "../../lib/yaml/list.ts";
import type { YamlNode } from "../../lib/yaml/read.ts";
import { YamlEditError } from "../../lib/yaml/splice.ts";
import { below, pick, type Random, seededRandom } from "../support/seeded_random.ts";
import { inOtherHands, randomList } from "./random_yaml.ts";

const values = (text: string) => readItems(text).map(plainOf);

/** How a value is written, too: `012` is not `12`. */
const written = (text: string) => JSON.stringify(readItems(text), (key, value) => key === "line" ? undefined : value);

/** The result of an edit, or `undefined` where it is refused as it must be: with advice, and no other error. */
function edited(edit: () => string): string | undefined {
  try {
    return edit();
  } catch (error) {
    assert.ok(error instanceof YamlEditError && error.code === "ERR_YAML_EDIT", String(error));
    assert.match(error.message, /; (?:repair it first|edit it by hand)$/);
    return undefined;
  }
}

/** What stands in `long` and not in `short`, in one piece. */
function piece(long: string, short: string): { readonly start: number; readonly text: string } {
  let start = 0;
  while (start < short.length && long[start] === short[start]) start += 1;
  const tail = short.slice(start);
  assert.ok(long.endsWith(tail), `${long}\n=====\n${short}`);
  return { start, text: long.slice(start, long.length - tail.length) };
}

/** Of the lines of a block list, those from one item up to the next may go; the line end before the last may, too. */
function assertLinesStay(
  { before, after }: { readonly before: string; readonly after: string },
  line: number,
  next: number | undefined,
): void {
  const lines = before.split("\n");
  const head = lines.slice(0, line - 1).join("\n");
  const tail = next === undefined ? "" : lines.slice(next - 1).join("\n");
  assert.ok(after.startsWith(head.replace(/\r$/, "")) && after.endsWith(tail), `${before}\n=====\n${after}`);
}

function randomText(random: Random): string {
  return inOtherHands(randomList(random), random);
}

Deno.test("appendItem() adds the item alone and one piece of text, or refuses", () => {
  const random = seededRandom(21);
  const seen = { added: 0, refused: 0 };
  for (let i = 0; i < 1_000; i += 1) {
    const before = randomText(random);
    const item = {
      name: pick(["a", "a b", "no", "012", "{{x}}"], random),
      groups: pick([["g"], ["a: b", "#"]], random),
    };
    const after = edited(() => appendItem(before, item));
    if (after === undefined) {
      seen.refused += 1;
      continue;
    }
    seen.added += 1;
    assert.deepEqual(values(after), [...values(before), item]);
    if (!/^\s*\[\s*\]\s*$/.test(before)) assert.notEqual(piece(after, before).text, "");
  }
  assert.ok(seen.added > 400 && seen.refused > 100, JSON.stringify(seen));
});

Deno.test("cutItem() takes out the item alone and no line of another one, or refuses", () => {
  const random = seededRandom(22);
  const seen = { cut: 0, refused: 0 };
  for (let i = 0; i < 1_000; i += 1) {
    const before = randomText(random);
    let items: readonly YamlNode[] = [];
    edited(() => (items = readItems(before), ""));
    if (items.length === 0) continue;
    const index = below(items.length, random);
    const after = edited(() => cutItem(before, index));
    if (after === undefined) {
      seen.refused += 1;
      continue;
    }
    seen.cut += 1;
    assert.deepEqual(values(after), items.toSpliced(index, 1).map(plainOf));
    const isBlock = /^ *-/m.test(before.split("\n")[items[index]!.line - 1]!);
    if (isBlock) assertLinesStay({ before, after }, items[index]!.line, items[index + 1]?.line);
  }
  assert.ok(seen.cut > 150 && seen.refused > 10, JSON.stringify(seen));
});

Deno.test("an item that was added is cut out again, and the text is what it was", () => {
  const random = seededRandom(23);
  let seen = 0;
  for (let i = 0; i < 1_000; i += 1) {
    const before = randomText(random);
    const after = edited(() => appendItem(before, { name: "new" }));
    if (after === undefined || /^\uFEFF?\s*\[\s*\]\s*$/.test(before)) continue;
    seen += 1;
    const last = readItems(after).length - 1;
    assert.match(itemText(after, last), /name"?: "?new/);
    const again = cutItem(after, last);
    assert.equal(written(again), written(before));
    assert.equal(again, before);
  }
  assert.ok(seen > 300, String(seen));
});

for (
  const [what, before, index, after] of [
    ["of the next one", "- a:\n  - x\n# of b\n- b\n", 0, "# of b\n- b\n"],
    ["below it, indented as its keys", "- a: 1\n  # deep\n- b\n", 0, "  # deep\n- b\n"],
    ["on its line, which go", "- a # of a\n- b # of b\n", 0, "- b # of b\n"],
    ["in it, which go", "- a:\n  # in a\n  - x\n- b\n", 0, "- b\n"],
    ["at the end", "- a\n- b:\n    c: 1\n    # deep\n# end\n", 1, "- a\n    # deep\n# end\n"],
    ["in brackets, behind another one", "[a, # of a\n b]\n", 1, undefined],
    ["in brackets, behind it", "[a, # of a\n b]\n", 0, undefined],
  ] as const
) {
  Deno.test(`cutItem() and comments ${what}`, () => {
    assert.equal(edited(() => cutItem(before, index)), after);
  });
}

for (
  const [what, text, says] of [
    ["a map", "a: 1\n", /holds a map, not a list; repair it first/],
    ["a text", "a\n", /holds a text, not a list; repair it first/],
    ["a key twice in an item", "- a: 1\n  a: 2\n", /^it does not parse: 2:3: .*; repair it first/],
    ["a tag of its own", "- !x a\n", /^it does not parse/],
    ["two documents", "- a\n---\n- b\n", /^it does not parse/],
  ] as const
) {
  Deno.test(`a text that is or holds ${what} is no list to edit`, () => {
    for (const edit of [() => readItems(text), () => appendItem(text, { a: "b" }), () => cutItem(text, 0)]) {
      assert.throws(edit, (e) => e instanceof YamlEditError && says.test(e.message));
    }
  });
}

for (
  const [what, text, index] of [
    ["what another item means", "- &a x\n- *a\n", 0],
    ["what a later anchor of the same name hides", "- &a x\n- &a y\n- *a\n", 1],
    ["an item behind another one's dash", "- - a\n- b\n", 0],
  ] as const
) {
  Deno.test(`cutItem() leaves a list alone, or whole but for the item, where it would change ${what}`, () => {
    const after = edited(() => cutItem(text, index));
    if (after !== undefined) assert.deepEqual(values(after), values(text).toSpliced(index, 1));
  });
}
