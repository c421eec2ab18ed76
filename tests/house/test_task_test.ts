import assert from "node:assert/strict";
import { LONGEST_FIRST } from "../../scripts/longest_tests.ts";
import { ATTACKS } from "../attacks/ids.ts";

/** How a run of `scripts/test.ts` ended, and what it printed. */
interface Run {
  readonly code: number;
  readonly lines: readonly string[];
}

async function run(args: readonly string[], cwd?: string): Promise<Run> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", "--allow-run"]
      .concat(Deno.realPathSync("scripts/test.ts"), args),
    env: { NO_COLOR: "1" },
    stderr: "null",
    ...(cwd !== undefined && { cwd }),
  }).output();
  return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
}

/** Runs `scripts/test.ts` on one made-up test file. */
async function runTests(source: string, ...args: string[]): Promise<Run> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/made_up_test.ts`, source);
    return await run([`${folder}/made_up_test.ts`, ...args]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `scripts/test.ts` on all tests of a made-up project. */
async function runAll(files: Readonly<Record<string, string>>): Promise<Run> {
  const project = await Deno.makeTempDir();
  try {
    for (const folder of ["lib", "tests/attacks/alibaba", "tests/attacks/aws"]) {
      await Deno.mkdir(`${project}/${folder}`, { recursive: true });
    }
    for (const [path, source] of Object.entries(files)) await Deno.writeTextFile(`${project}/${path}`, source);
    return await run([], project);
  } finally {
    await Deno.remove(project, { recursive: true });
  }
}

for (
  const [what, source, code, last] of [
    ["passes", `Deno.test("a", () => {});`, 0, "1 passed, 0 failed"],
    ["fails", `Deno.test("a", () => {}); Deno.test("b", () => { throw 1; });`, 1, "1 passed, 1 failed"],
    ["does not load", `throw new Error("made up");`, 1, "0 passed, 1 failed"],
    ["has a type error", `const n: number = "";`, 1, "0 passed, 1 failed"],
    ["holds no test", `export {};`, 1, "0 passed, 0 failed"],
    ["leaves a timer behind", `Deno.test("a", () => { setTimeout(() => {}, 1e6); });`, 1, "0 passed, 1 failed"],
  ] as const
) {
  Deno.test(`deno task test ends with "${last}" if a file ${what}`, async () => {
    const result = await runTests(source);
    assert.equal(result.lines.at(-1), last);
    assert.equal(result.code, code);
  });
}

Deno.test("deno task test says what it skipped and why", async () => {
  const { code, lines } = await runTests(
    `Deno.test("a", () => {}); Deno.test({ name: "b (skipped: X is not set)", ignore: true, fn() {} });`,
  );
  assert.deepEqual(lines.slice(-4), ["Skipped:", "  b (skipped: X is not set)", "", "1 passed, 0 failed, 1 skipped"]);
  assert.equal(code, 0);
});

Deno.test("deno task test of all tests fails where a type does not fit", async () => {
  const { code, lines } = await runAll({ "tests/a_test.ts": `Deno.test("a", () => {}); export const n: number = "";` });
  assert.ok(lines.includes("The types do not fit; see the errors of deno check"));
  assert.equal(lines.at(-1), "1 passed, 1 failed");
  assert.equal(code, 1);
});

Deno.test("deno task test fails if the filter leaves no test", async () => {
  const { code, lines } = await runTests(`Deno.test("a", () => {});`, "--filter", "nothing of that name");
  assert.equal(lines.at(-1), "0 passed, 0 failed");
  assert.equal(code, 1);
});

for (
  const [who, run] of [
    ["a command", `await new Deno.Command("sh", { args: ["-c", "echo " + token + " >&2"] }).output();`],
    ["a test", "console.log(token);"],
  ] as const
) {
  Deno.test(`deno task test fails if ${who} writes a token`, async () => {
    const { code, lines } = await runTests(
      `Deno.test("a", async () => { const token = "k8s-aws-v1." + "A".repeat(40); ${run} });`,
    );
    assert.match(lines.join("\n"), /^An output of the tests holds a token: /m);
    assert.equal(lines.at(-1), "1 passed, 0 failed");
    assert.equal(code, 1);
  });
}

Deno.test("deno task test lets no test call another machine", async () => {
  const { code, lines } = await runTests(`Deno.test("a", async () => { await fetch("http://192.0.2.1"); });`);
  assert.match(lines.join("\n"), /Requires net access to "192\.0\.2\.1/);
  assert.equal(code, 1);
});

const IDS = ATTACKS.map(({ id }) => id);

Deno.test("deno task test without arguments shows which attacks the tests tried", async () => {
  const { code, lines } = await runAll({ "tests/a_test.ts": `Deno.test("${IDS.join(", ")}: a", () => {});` });
  const table = lines.slice(lines.findIndex((line) => line.startsWith("Attack")) + 1, -2);
  assert.deepEqual(table.map((line) => line.split(" ")[0]), IDS);
  for (const line of table) assert.match(line, /^\S+ +[1-] +[1-] +ok /);
  assert.deepEqual([code, lines.at(-1)], [0, "1 passed, 0 failed"]);
});

Deno.test("deno task test fails if an attack was tried on one cloud alone", async () => {
  const [first, ...rest] = IDS;
  const { code, lines } = await runAll({
    "tests/a_test.ts": `Deno.test("${rest.join(", ")}: a", () => {});`,
    "tests/attacks/alibaba/b_test.ts": `Deno.test("${first}: b", () => {});`,
  });
  assert.match(lines.find((line) => line.startsWith(`${first} `)) ?? "", / 1 +0 +MISSING /);
  assert.deepEqual(lines.slice(-2), [`No test tries ${first} for aws: ${ATTACKS[0]!.what}`, "2 passed, 0 failed"]);
  assert.equal(code, 1);
});

Deno.test("deno task test shows an attack whose test fails", async () => {
  const { code, lines } = await runAll({
    "tests/a_test.ts": `Deno.test("${IDS.join(", ")}: a", () => {}); Deno.test("T-07: b", () => { throw 1; });`,
  });
  assert.deepEqual(lines.filter((line) => / FAILED /.test(line) && /^T-/.test(line)).length, 1);
  assert.deepEqual([code, lines.at(-1)], [1, "1 passed, 1 failed"]);
});

Deno.test("test files that run side by side get no port twice", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const source = `import { freePort } from ${JSON.stringify(import.meta.resolve("../support/free_port.ts"))};
      Deno.test("a", () => Deno.writeTextFile(import.meta.filename + ".txt", Array.from({ length: 200 }, freePort).join()));`;
    const paths = ["a", "b", "c"].map((name) => `${folder}/${name}_test.ts`);
    for (const path of paths) await Deno.writeTextFile(path, source);
    const { code, lines } = await run([folder]);
    assert.deepEqual([code, lines.at(-1)], [0, "3 passed, 0 failed"]);
    const ports = (await Promise.all(paths.map((path) => Deno.readTextFile(`${path}.txt`)))).join().split(",");
    assert.equal(new Set(ports).size, 600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task test fails and names what tests left among the temporary files", async () => {
  const { code, lines } = await runTests(
    `Deno.test("a", () => Deno.makeTempDir({ prefix: "made-up-" }).then(() => {}));`,
  );
  assert.match(lines.at(-2) ?? "", /^Tests left temporary files behind: made-up-\w+$/);
  assert.deepEqual([code, lines.at(-1)], [1, "1 passed, 0 failed"]);
});

Deno.test("the files that start first are there", () => {
  for (const path of LONGEST_FIRST) assert.ok(Deno.statSync(path).isFile, path);
});
