/**
 * `deno task mutants`: makes each known slip in a copy of the tree, and tells which ones no test notices.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { copyProject } from "../tests/support/project/project_clone.ts";
import { MUTANTS } from "./mutants/all.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { assertTestsPass, type Ending, type Tried, tryMutants } from "./mutants/run_mutants.ts";
import { runTask } from "./run_task.ts";

const HELP = `Usage: deno task mutants [--filter TEXT]

Changes one line that decides in a copy of the tree, runs the tests that must notice, and goes on to the next. Each
mutant is a row in scripts/mutants/. No real API server is used. Exit code 1 if one survives or its text is gone.

  --filter TEXT  only mutants whose file or description holds the text

  deno task mutants
  deno task mutants --filter name_policy
`;

/** For the tests of one mutant; they take some seconds. */
const LIMIT_MS = 180_000;

/** As a shell tells that Ctrl-C ended a program. */
const INTERRUPTED = 130;

/** Of what the tests print, where it says more than how the mutant ended. */
const SHOWN_LINES = 25;

const GOOD: readonly Ending[] = ["killed", "equivalent"];

const { stdout } = realWorld();

await runTask({ name: "mutants", help: HELP, attempt: "Cannot try mutants: ", readArguments, run });

async function run({ mutants }: { readonly mutants: readonly Mutant[] }): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  const folder = await Deno.makeTempDir({ prefix: "ram-auth-mutants-" });
  try {
    await copyProject(folder);
    const parts = {
      folder,
      command: [Deno.execPath(), "task", "--quiet", "test", "--no-check", "--fail-fast"],
      limitMs: LIMIT_MS,
      signal: stop.signal,
    } as const;
    stdout.write(`running the tests without a mutant\n`);
    await assertTestsPass(mutants, parts);
    const endings: Ending[] = [];
    let startedAtMs = performance.now();
    for await (const tried of tryMutants(mutants, parts)) {
      endings.push(tried.ending);
      stdout.write(line(tried, `${endings.length}/${mutants.length}`, performance.now() - startedAtMs));
      startedAtMs = performance.now();
    }
    if (stop.signal.aborted) return INTERRUPTED;
    stdout.write(`${summary(endings)}\n`);
    return endings.every((ending) => GOOD.includes(ending)) ? 0 : 1;
  } catch (failure) {
    if (stop.signal.aborted) return INTERRUPTED;
    throw failure;
  } finally {
    await Deno.remove(folder, { recursive: true });
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}

function line({ mutant: { file, what }, ending, why }: Tried, place: string, tookMs: number): string {
  const took = `${(tookMs / 1_000).toFixed(1)} s`;
  const told = `${place.padStart(7)} ${took.padStart(7)} ${ending.padEnd(10)} ${file}: ${what}`;
  if (why === undefined) return `${told}\n`;
  if (GOOD.includes(ending)) return `${told}: ${why}\n`;
  return `${told}:\n${why.trim().split("\n").slice(0, SHOWN_LINES).join("\n")}\n`;
}

function summary(endings: readonly Ending[]): string {
  const counts = Map.groupBy(endings, (ending) => ending);
  return [`${endings.length} mutants`, ...[...counts].map(([ending, all]) => `${all.length} ${ending}`)].join(", ");
}

function readArguments(): { readonly mutants: readonly Mutant[]; readonly help: boolean } {
  const { values: { filter, help } } = parseArgs({
    args: Deno.args,
    options: { filter: { type: "string", default: "" }, help: { type: "boolean", short: "h", default: false } },
  });
  const mutants = MUTANTS.filter(({ file, what }) => file.includes(filter) || what.includes(filter));
  if (mutants.length === 0) throw new Error(`no mutant's file or description holds "${filter}"`);
  return { mutants, help };
}
