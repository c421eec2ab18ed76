/**
 * `deno task fuzz`: a million mutants of valid tokens, each of which must be refused or mean what its signer signed.
 *
 * Usage: `deno task fuzz [--count <n>] [--seed <n>]`. A finding is printed with what reproduces it, and ends in exit 1.
 *
 * @module
 */

import { createMutantJudge } from "../tests/support/judge_mutant.ts";
import { mutateToken } from "../tests/support/mutate_token.ts";
import { seededRandom } from "../tests/support/seeded_random.ts";

/** Mutants where the command names no number (T-23). */
const DEFAULT_COUNT = 1_000_000;

/** How often progress is told. */
const PROGRESS_MS = 2_000;

async function fuzz(count: number, seed: number): Promise<number> {
  const { tokens, judge } = await createMutantJudge();
  const counts = { refused: 0, same: 0, sts_refuses: 0 };
  const started = performance.now();
  let toldAt = started;
  write(`seed ${seed}, ${count} mutants`);
  for (let index = 0; index < count; index++) {
    const mutant = mutateToken(tokens[index % tokens.length]!, tokens, seededRandom(seed + index));
    const verdict = judge(mutant);
    if (verdict.kind === "finding") {
      write(`FINDING in mutant ${index} of seed ${seed}: ${verdict.why}\n${JSON.stringify(mutant)}`);
      return 1;
    }
    counts[verdict.kind] += 1;
    if (index % 1_024 === 0 && performance.now() - toldAt > PROGRESS_MS) {
      toldAt = performance.now();
      write(`${index} mutants, ${rate(index, started)}`);
    }
  }
  const { refused, same, sts_refuses } = counts;
  write(
    `${count} mutants, ${rate(count, started)}, no finding: ${refused} refused, ${same} mean the same request, ` +
      `${sts_refuses} left to STS, which refuses them`,
  );
  return 0;
}

function rate(count: number, since: number): string {
  return `${Math.round(count / (performance.now() - since) * 1_000)} a second`;
}

function write(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function readNumber(name: string, fallback: number): number {
  const at = Deno.args.indexOf(name);
  if (at === -1) return fallback;
  const text = Deno.args[at + 1] ?? "";
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" for ${name}: write a whole number below a billion`);
}

if (import.meta.main) {
  Deno.exit(await fuzz(readNumber("--count", DEFAULT_COUNT), readNumber("--seed", Date.now() % 1_000_000_000)));
}
