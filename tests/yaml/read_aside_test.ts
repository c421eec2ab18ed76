import assert from "node:assert/strict";
import { parseYaml, YamlError } from "../../lib/yaml/read.ts";
import { readEntries, readYaml, readYamlAtOnce } from "../../lib/yaml/read_aside.ts";
import { partsOf, TreeBuilder } from "../../lib/yaml/tree_parts.ts";
import { heldMs } from "./held_loop.ts";

/** More than is read at once; an anchor leaves it to the package. */
const unusual = (items: number) =>
  "anchored: &x here\nlist:\n" +
  Array.from({ length: items }, (_, i) => `- {a: *x, b: [${i}, "c"], d: {}}\n`).join("");

Deno.test("what the package reads on a thread of its own is the same tree", async () => {
  for (const text of [unusual(10), unusual(2_000), `# ${"x".repeat(3_000)}\n`, `a: |\n${"  b\n".repeat(1_000)}`]) {
    assert.deepEqual(await readYaml(text), parseYaml(text));
  }
});

Deno.test("a thread that has not loaded the package does not stop to load it, and one that has reads what is short by itself", async () => {
  const AnyWorker = globalThis.Worker;
  let threads = 0;
  globalThis.Worker = class extends AnyWorker {
    constructor(...args: ConstructorParameters<typeof AnyWorker>) {
      super(...args);
      threads += 1;
    }
  };
  try {
    // No other test of this file has it loaded.
    const short = "a: >-\n  b\n";
    assert.deepEqual(await readYaml(short), parseYaml(short));
    assert.deepEqual(await readYaml("a: b\n"), parseYaml("a: b\n"));
    assert.equal(threads, 1);
    await readYamlAtOnce(short);
    assert.deepEqual(await readYaml(short), parseYaml(short));
    assert.equal(threads, 1);
  } finally {
    globalThis.Worker = AnyWorker;
  }
});

Deno.test("two texts may be read at the same time", async () => {
  const [one, two] = await Promise.all([readYaml(unusual(100)), readYaml(unusual(200))]);
  assert.deepEqual([one, two], [parseYaml(unusual(100)), parseYaml(unusual(200))]);
});

Deno.test("what is wrong with a text is told with its places, and how much more there is", async () => {
  const text = `- a: 1\n${"- a: %\n".repeat(1_000)}`;
  const errorOf = async (read: () => unknown) => {
    try {
      await read();
    } catch (error) {
      assert(error instanceof YamlError);
      return error;
    }
    return assert.fail("it was read");
  };
  const wanted = await errorOf(() => parseYaml(text));
  const found = await errorOf(() => readYaml(text));
  assert.equal(found.message, wanted.message);
  assert.match(found.message, /; and \d{3,} more$/);
  assert.deepEqual(found.problems, wanted.problems.slice(0, 100));
});

Deno.test("a tree comes out of its parts as it went in", () => {
  for (const text of ["a\n", "[]\n", "{}\n", "[[], {a: {}}, {b: []}]\n", "a: {b: [c, {d: 1}], e: ~}\nf: [[[x]]]\n"]) {
    const builder = new TreeBuilder();
    for (const part of partsOf(parseYaml(text))) {
      assert.equal(builder.root, undefined);
      builder.take(part);
    }
    assert.deepEqual(builder.root, parseYaml(text));
  }
});

for (
  const [what, text] of [
    [
      "1 MB of usual YAML",
      Array.from({ length: 10_000 }, (_, i) => `- rolearn: ${i}*${"x".repeat(60)}\n  groups: [a, b]\n`),
    ],
    ["300 kB of other YAML", [unusual(10_000)]],
    ["2 kB of broken entries", ["- n: {{x}}\n".repeat(185), "- n: a\n"]],
    ["200 kB of broken YAML", Array.from({ length: 20_000 }, () => `a: b: c\n`)],
  ] as const
) {
  Deno.test(`the thread goes on while ${what} is read`, async () => {
    assert.equal(await heldMs(() => readEntries(text.join("")).catch(() => {})), undefined);
  });
}
