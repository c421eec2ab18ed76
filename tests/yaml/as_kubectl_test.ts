import assert from "node:assert/strict";
import { readAsKubectl } from "../../lib/yaml/as_kubectl.ts";
import { YamlEditError } from "../../lib/yaml/splice.ts";
import { findKubectls, type Kubectl } from "../support/programs/kubectls.ts";
import { testNeeding } from "../support/needs.ts";

/** What somebody may write without quotes, and whether it is a text to kubectl. */
const WORDS: Readonly<Record<string, boolean>> = {
  "yes": false,
  "y": false,
  "N": false,
  "oN": true,
  "on": false,
  "Off": false,
  "True": false,
  "0777": false,
  "08": false,
  "0o17": false,
  "0b1": false,
  "0x1f": false,
  "0x": true,
  "1_000": false,
  "_1": true,
  "1._5": false,
  "+1": false,
  "-0": false,
  ".5": false,
  "1.": false,
  "1e3": false,
  "1e": true,
  "1e3x": true,
  ".inf": false,
  "-.inf": false,
  ".nan": false,
  "12:30": true,
  "12:30:45": true,
  "2024-01-01": true,
  "=": true,
  "a": true,
  "1.2.3": true,
  "'12'": true,
  '"yes"': true,
  "!!str 12": true,
};

for (const [word, isText] of Object.entries(WORDS)) {
  Deno.test(`${word} is ${isText ? "a text" : "no text"} to kubectl`, () => {
    const { a } = readAsKubectl(`a: ${word}\n`) as { readonly a: unknown };
    assert.equal(typeof a === "string", isText);
  });
}

testNeeding(["kubectl"], "every kubectl takes the same words for texts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kubectls = findKubectls();
    const loads = async (kubectl: Kubectl, words: readonly string[]) => {
      const path = `${folder}/config`;
      const users = words.map((word, index) => `- name: user${index}\n  user:\n    token: ${word}\n`).join("");
      await Deno.writeTextFile(path, `kind: Config\nusers:\n${users}`);
      return (await kubectl.run([`--kubeconfig=${path}`, "config", "view"])).code === 0;
    };
    const [texts, others] = [true, false].map((want) => Object.keys(WORDS).filter((word) => WORDS[word] === want));
    for (const kubectl of kubectls) assert.ok(await loads(kubectl, texts!), kubectl.name);
    // A file with several of them says nothing of each, and each kubectl takes its time.
    for (const [index, word] of others!.entries()) {
      const kubectl = kubectls[index % kubectls.length]!;
      assert.ok(!await loads(kubectl, [word]), `${kubectl.name}: ${word}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [what, text, want] of [
    ["what stands before a merge key gives way", "a: &a {x: 1, y: a}\nb: {y: b, <<: *a}\n", { y: "a", x: 1 }],
    ["what follows it wins", "a: &a {x: 1, y: a}\nb: {<<: *a, y: b}\n", { x: 1, y: "b" }],
    ["the first of several wins", "a: &a {y: a}\nc: &c {y: c, z: c}\nb: {<<: [*a, *c]}\n", { y: "a", z: "c" }],
    ["a merge key in quotes is one", 'a: &a {y: a}\nb: {"<<": *a}\n', { y: "a" }],
    ["a map is merged without an alias", "b: {<<: {y: a}}\n", { y: "a" }],
    ["an anchor that comes again counts from there", "a: &a {y: 1}\nc: &a {y: 2}\nb: *a\n", { y: 2 }],
    ["nothing is null", "b: ~\n", null],
    ["a byte order mark is none of it", "\uFEFFb: x\n", "x"],
  ] as const
) {
  Deno.test(`readAsKubectl(): ${what}`, () => assert.deepEqual((readAsKubectl(text) as { b: unknown }).b, want));
}

Deno.test("readAsKubectl() refuses what does not parse, and bombs", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    .concat(Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`));
  for (const text of ["a: 1\n\tb: 2\n", "a: [", bomb.join("\n")]) {
    assert.throws(() => readAsKubectl(text), YamlEditError);
  }
});
