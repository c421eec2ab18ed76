/**
 * Makes one mutant at a time in a tree, and runs the tests that must notice it.
 *
 * @module
 */

import { readCounts } from "../test_report.ts";
import { type Mutant, mutate, whyStale } from "./mutant.ts";

/**
 * How a mutant ended. `killed`: a test failed, or the tests did not come to their end in time. `survived`: none did.
 * `stale`: its text is not in the code any more. `broken`: the code does not load with it, so that it shows nothing.
 * `noticed`: it is said to be equivalent, and a test failed.
 */
export type Ending = "killed" | "survived" | "equivalent" | "stale" | "broken" | "noticed";

/** A mutant that was tried. */
export interface Tried {
  readonly mutant: Mutant;
  readonly ending: Ending;
  /** Where there is more to say. */
  readonly why?: string;
}

/** What it works with. */
export interface MutantRun {
  /** A copy of the tree, which nobody else uses. */
  readonly folder: string;
  /** Runs tests, from the folder: a program, and its arguments before the paths of the tests. */
  readonly command: readonly [program: string, ...args: string[]];
  /** For the tests of one mutant, in milliseconds. */
  readonly limitMs: number;
  /** Ends it; what runs is killed. */
  readonly signal: AbortSignal;
}

/** Variables that name programs of others: a real API server must not be what notices a mutant. */
const NOT_PASSED_ON = ["KUBEBUILDER_ASSETS", "RAM_AUTH_TEST_PEERS", "RAM_AUTH_TEST_BINARY", "DENORT_BIN"];

/** Longest wait for one condition: most mutants make something never come. The tests pass with it before any is made. */
const WAIT_MS = 15_000;

/** Runs the tests of all mutants as the tree is. @throws {Error} if one fails, as it would notice every mutant */
export async function assertTestsPass(mutants: readonly Mutant[], run: MutantRun): Promise<void> {
  const tests = [...new Set(mutants.flatMap(({ tests }) => tests))];
  const { kind, printed } = await runTests(tests, { ...run, limitMs: run.limitMs * tests.length });
  if (kind !== "passed") throw new Error(`the tests do not pass without any mutant:\n${printed}`);
}

/** Tries the mutants in turn; the tree is afterwards as it was. */
export async function* tryMutants(mutants: readonly Mutant[], run: MutantRun): AsyncGenerator<Tried> {
  for (const mutant of mutants) {
    if (run.signal.aborted) return;
    const path = `${run.folder}/${mutant.file}`;
    const text = await Deno.readTextFile(path);
    const stale = whyStale(mutant, text);
    if (stale !== undefined) {
      yield { mutant, ending: "stale", why: stale };
      continue;
    }
    await Deno.writeTextFile(path, mutate(mutant, text));
    const { kind, printed } = await runTests(mutant.tests, run);
    await Deno.writeTextFile(path, text);
    if (!run.signal.aborted) yield judge(mutant, kind, printed);
  }
}

function judge(mutant: Mutant, kind: TestEnding, printed: string): Tried {
  const { equivalent } = mutant;
  switch (kind) {
    case "broken":
      return { mutant, ending: "broken", why: printed };
    case "passed":
      return equivalent === undefined
        ? { mutant, ending: "survived" }
        : { mutant, ending: "equivalent", why: equivalent };
    case "failed":
    case "late":
      if (equivalent !== undefined) return { mutant, ending: "noticed", why: printed };
      return { mutant, ending: "killed", ...(kind === "late" && { why: "by the time limit" }) };
  }
}

type TestEnding = "passed" | "failed" | "late" | "broken";

async function runTests(
  tests: readonly string[],
  { folder, command: [program, ...args], limitMs, signal }: MutantRun,
): Promise<{ readonly kind: TestEnding; readonly printed: string }> {
  const env = Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !NOT_PASSED_ON.includes(name)));
  // A group of its own, so that what the tests started ends with them.
  const child = new Deno.Command(program, {
    args: [...args, ...tests],
    cwd: folder,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1", RAM_AUTH_TEST_WAIT_MS: String(WAIT_MS) },
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let isLate = false;
  const kill = () => {
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch (gone) {
      if (!(gone instanceof Deno.errors.NotFound)) throw gone;
    }
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, limitMs);
  signal.addEventListener("abort", kill);
  if (signal.aborted) kill();
  try {
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    await child.status;
    const printed = stdout + stderr;
    if (isLate) return { kind: "late", printed };
    const counts = readCounts(stdout);
    if (counts === undefined) return { kind: "broken", printed };
    return { kind: counts.failed > 0 ? "failed" : "passed", printed };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    kill();
  }
}
