import assert from "node:assert/strict";

/** What is not said here, and what is said instead. */
const INSTEAD: readonly (readonly [said: RegExp, instead: string])[] = [
  [/\bset aside\b/i, '"invalid" or "skipped"'],
  [/\btrust roots?\b/i, '"CA bundle"'],
  [/\bpeers?\b/i, 'the tool\'s name, or "the tool you migrate from", or "the other tools"'],
  [/\bin the place of\b/i, '"instead of"'],
  [/\banew\b/i, '"again", or a verb with "re-"'],
  [/\bwithout a word\b/i, '"without an error message"'],
  [/\bunheard\b/i, '"unhandled"'],
  [/\bvouch/i, '"the CA of", or "confirm"'],
  [/\bshall\b/i, '"must", "should" or "will"'],
  [/\b(is|are|was) no (longer )?(ARN|YAML|JSON|list|map)\b/, '"is not a …"'],
  [/\bkubectl reads \w+ alone\b/, '"kubectl requires …"'],
];

/** Lock files speak of peer dependencies, and mutants quote. */
const EXEMPT = /^scripts\/(release\/lock_file\.ts|mutants\/)/;

function filesIn(folder: string, ending: RegExp): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesIn(path, ending) : ending.test(name) ? [path] : [];
  });
}

/** What people read of a module: its comments, and its strings that have several words. */
function proseOf(source: string): string {
  return source.split("\n").flatMap((line) => {
    if (/^\s*(\*|\/\*\*|\/\/)/.test(line)) return [line];
    return (line.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`?/g) ?? []).filter((text) => text.includes(" "));
  }).join("\n");
}

Deno.test("documentation, messages and comments use the terms of the product", async () => {
  const pages = [...filesIn("docs", /\.md$/), ...filesIn("manifests", /\.(yaml|json|service)$/)];
  const modules = [...filesIn("lib", /\.ts$/), ...filesIn("scripts", /\.ts$/)].filter((path) => !EXEMPT.test(path));
  const roots = ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
  const texts = await Promise.all([
    ...[...roots, ...pages].map(async (path) => [path, await Deno.readTextFile(path)] as const),
    ...modules.map(async (path) => [path, proseOf(await Deno.readTextFile(path))] as const),
  ]);
  const found = texts.flatMap(([path, text]) =>
    INSTEAD.flatMap(([said, instead]) => {
      const match = said.exec(text);
      return match === null ? [] : [`${path}: "${match[0]}": say ${instead}`];
    })
  );
  assert.deepEqual(found, []);
});

Deno.test("a module's prose is its comments and its messages", () => {
  const source = '/** One. */\nconst peers = ["peer", "two words"];\n// Three.\nthrow new Error(`four ${x} five`);';
  assert.equal(proseOf(source), '/** One. */\n"two words"\n// Three.\n`four ${x} five`');
});
