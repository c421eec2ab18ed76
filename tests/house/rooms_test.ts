import assert from "node:assert/strict";

/** Most files in a folder: more are two ideas. */
const MAX_FILES = 25;

/** What a stranger asks, and the file that answers. Each is found by the words of its path alone. */
const QUESTIONS: readonly (readonly [question: string, path: string])[] = [
  ["Where is a flag read?", "lib/config/flags.ts"],
  ["Where is it decided which rule matches?", "lib/mapping/lookup/rule_table.ts"],
  ["Who writes the kubeconfig file?", "lib/cli/kubeconfig/file.ts"],
  ["Where is a token parsed and refused?", "lib/clouds/aws/token_parser.ts"],
  ["Where is the certificate of the state made?", "lib/state/certificate.ts"],
  ["Where are the server's options defined?", "lib/config/rows/server.ts"],
  ["Where is the live config map source?", "lib/server/sources/config_map.ts"],
  ["Where are reserved prefixes read?", "lib/mapping/reserved_prefixes.ts"],
  ["Where are text of others and its quote?", "lib/quote.ts"],
  ["What does init install?", "lib/cli/install/init.ts"],
  ["Where is the mapping explained (explain)?", "lib/mapping/explain/explain.ts"],
  ["Which client asks STS in a review?", "lib/review/sts_client.ts"],
];

async function foldersOf(folder: string): Promise<readonly (readonly [folder: string, files: readonly string[]])[]> {
  const files: string[] = [];
  const found: (readonly [string, readonly string[]])[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await foldersOf(`${folder}/${name}`));
    else files.push(name);
  }
  return [[folder, files], ...found];
}

const FOLDERS = await foldersOf("lib");
const SUPPORT = await foldersOf("tests/support");
const TESTS = await foldersOf("tests");

Deno.test("no folder of lib or of the tests holds more than one idea", () => {
  for (const [folder, files] of [...FOLDERS, ...TESTS]) {
    assert.ok(files.length <= MAX_FILES, `${folder} has ${files.length} files`);
  }
});

Deno.test("ARCHITECTURE names every folder of lib and of the tests' helpers that holds files", async () => {
  const text = await Deno.readTextFile("ARCHITECTURE.md");
  for (const [folder, files] of [...FOLDERS, ...SUPPORT]) {
    if (files.length > 0) assert.ok(text.includes(`\`${folder}/\``), `${folder} is missing`);
  }
});

Deno.test("the two flows name no cloud: what differs between clouds stands behind their seams", async () => {
  const flows = FOLDERS.flatMap(([folder, files]) =>
    /^lib\/(?:token|review)(?:\/|$)/.test(folder) || folder === "lib/server"
      ? files.map((file) => `${folder}/${file}`)
      : []
  );
  assert.ok(flows.length > 10, "the flows have been found");
  for (const path of flows) {
    const code = (await Deno.readTextFile(path)).replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*/g, "");
    const named = /\b(?:aws|amazon\w*|eks|ec2|alibaba|aliyun|acs|ack)\b/i.exec(code) ??
      /(?:Aws|Amazon|Alibaba|Ec2|Eks)(?![a-z])/.exec(code);
    assert.equal(named, null, `${path} names ${named}`);
  }
});

for (const [question, path] of QUESTIONS) {
  Deno.test(`a stranger finds by names alone: ${question}`, async () => {
    assert.ok((await Deno.stat(path)).isFile);
    const asked = question.toLowerCase();
    const words = path.replace(/^lib\/|\.ts$/g, "").split(/[/_]/).filter((word) =>
      asked.includes(word.replace(/s$/, ""))
    );
    const [name = ""] = path.split("/").slice(-1);
    assert.ok(words.some((word) => name.includes(word)), `the name of ${path} says nothing of it`);
  });
}

Deno.test("the README fits in 150 lines, in each language", async () => {
  for (const path of ["README.md", "README.zh-CN.md"]) {
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    assert.ok(lines.length <= 150, `${path} has ${lines.length} lines`);
  }
});
