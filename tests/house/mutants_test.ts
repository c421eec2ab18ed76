import assert from "node:assert/strict";
import { MUTANTS } from "../../scripts/mutants/all.ts";
import { type Mutant, mutantsOf, whyStale } from "../../scripts/mutants/mutant.ts";
import { assertTestsPass, type MutantRun, tryMutants } from "../../scripts/mutants/run_mutants.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

/** So many lines decide about somebody's rights, at least. */
const FEWEST = 40;

/** More than the tests of any tiny tree need, on a busy machine. */
const AMPLE_MS = 120_000;

Deno.test("every mutant can still be made: its text stands once in its file; where not, correct its row in scripts/mutants/", async () => {
  assert.ok(MUTANTS.length >= FEWEST, `${MUTANTS.length} mutants`);
  const texts = new Map<string, string>();
  for (const { file } of MUTANTS) texts.set(file, texts.get(file) ?? await Deno.readTextFile(file));
  const stale = MUTANTS.flatMap((mutant) => {
    const why = whyStale(mutant, texts.get(mutant.file)!);
    return why === undefined ? [] : [`${mutant.file}: ${mutant.what}: ${why}`];
  });
  assert.deepEqual(stale, []);
});

Deno.test("no two mutants of a file are described alike, and each names tests that are there", async () => {
  const names = MUTANTS.map(({ file, what }) => `${file}: ${what}`);
  assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
  for (const path of new Set(MUTANTS.flatMap(({ tests }) => tests))) assert.ok(await Deno.stat(path), path);
  for (const { tests } of MUTANTS) assert.ok(tests.length > 0);
});

/** Runs a body with a tree of one function and one test. */
async function inTinyTree(body: (run: MutantRun) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mutants-test-" });
  try {
    await Deno.writeTextFile(`${folder}/max.ts`, `export const max = (a: number, b: number) => a > b ? a : b;\n`);
    await Deno.writeTextFile(
      `${folder}/max_test.ts`,
      `import { max } from "./max.ts";\n` +
        `Deno.test("max", () => { if (max(1, 2) !== 2 || max(2, 1) !== 2) throw new Error("wrong"); });\n`,
    );
    await body({
      folder,
      command: [Deno.execPath(), "test", "--no-check"],
      limitMs: AMPLE_MS,
      signal: new AbortController().signal,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const tiny = (find: string, replacement: string, ...equivalent: [why?: string]): Mutant =>
  mutantsOf("max.ts", ["max_test.ts"], [["a slip", find, replacement, ...equivalent]])[0]!;

for (
  const [ending, what, mutant] of [
    ["killed", "a test fails", tiny("a > b", "a < b")],
    ["survived", "no test fails", tiny("? a", "? 2")],
    ["stale", "its text is not there", tiny("a === b", "a < b")],
    ["stale", "its text is there twice", tiny("number", "string")],
    ["stale", "it changes nothing", tiny("a > b", "a > b")],
    ["broken", "the code cannot be read with it", tiny("a > b", "a >")],
    [
      "equivalent",
      "it survives as it is said to",
      tiny("a > b", "a >= b", "of two equal numbers either is the larger"),
    ],
    ["noticed", "a test fails, though it is said to be equivalent", tiny("a > b", "a < b", "made up")],
  ] as const
) {
  Deno.test(`a mutant is told as ${ending} where ${what}, and the file is as before`, async () => {
    await inTinyTree(async (run) => {
      const before = await Deno.readTextFile(`${run.folder}/max.ts`);
      const endings = await Array.fromAsync(tryMutants([mutant], run), (tried) => tried.ending);
      assert.deepEqual(endings, [ending]);
      assert.equal(await Deno.readTextFile(`${run.folder}/max.ts`), before);
    });
  });
}

Deno.test("a mutant whose tests never end is killed by the time limit, with all that they started", async () => {
  await inTinyTree(async (run) => {
    const hang = "sleep 1000 & echo $! > pid; wait";
    const limited = { ...run, command: ["sh", "-c", hang], limitMs: 3_000 } as const;
    const [tried] = await Array.fromAsync(tryMutants([tiny("a > b", "a < b")], limited));
    assert.deepEqual([tried?.ending, tried?.why], ["killed", "by the time limit"]);
    const pid = Number(await Deno.readTextFile(`${run.folder}/pid`));
    await waitFor("the program to be gone", () => !isRunning(pid));
  });
});

Deno.test("tests that fail without any mutant show nothing, and are told", async () => {
  await inTinyTree(async (run) => {
    const mutant = tiny("a > b", "a >= b");
    await assertTestsPass([mutant], run);
    await Deno.writeTextFile(`${run.folder}/max.ts`, "export const max = () => 0;\n");
    await assert.rejects(assertTestsPass([mutant], run), /do not pass without any mutant/);
  });
});

function isRunning(pid: number): boolean {
  try {
    // "Z": it has ended, and nobody has asked how.
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

const TASK = ["run", "--quiet", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", "--allow-run"];

Deno.test("deno task mutants leaves nothing behind when it is interrupted", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mutants-test-" });
  try {
    await using task = startProcess(Deno.execPath(), {
      args: [...TASK, "scripts/mutants.ts"],
      env: { TMPDIR: folder },
    });
    await waitFor("the tests to run", () => task.stdout().includes("without a mutant") || task.hasEnded());
    const { code } = await task.stop("SIGINT");
    assert.equal(code, 130, task.stderr());
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith("ram-auth-"));
    assert.deepEqual(left, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task mutants tries those that the filter leaves, and refuses a filter that leaves none", async () => {
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...TASK, "scripts/mutants.ts", ...args],
      stdin: "null",
    }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  };
  const one = await run("--filter", "every source may give system names");
  assert.match(one.text, /1\/1 .* killed .* lib\/mapping\/name_policy\.ts: every source.*\n1 mutants, 1 killed\n$/);
  assert.equal(one.code, 0);
  const none = await run("--filter", "no such mutant");
  assert.match(none.text, /^Cannot read the arguments: no mutant.*"no such mutant"; see deno task mutants --help\n$/);
  assert.equal(none.code, 2);
});
