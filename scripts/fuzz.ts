/**
 * `deno task fuzz`: mutants of valid tokens, each of which must be refused or mean what its signer signed (T-23). A
 * finding is printed with what reproduces it, and ends in exit 1.
 *
 * @module
 */

import type { CloudId } from "../lib/identity/identity.ts";
import { messageOf } from "../lib/errors.ts";
import { realWorld } from "../lib/world.ts";
import { createHunt, SUBJECTS } from "../tests/support/token_mutants/hunt.ts";

/** Mutants of each cloud where the command names no number (T-23). */
const DEFAULT_COUNT = 1_000_000;

/** How often progress is told. */
const PROGRESS_MS = 2_000;

const CLOUDS = Object.keys(SUBJECTS) as readonly CloudId[];

const USAGE = `deno task fuzz [--cloud ${CLOUDS.join("|")}] [--count <n>] [--seed <n>]

Mutates valid tokens, and reads every mutant: it must be refused, or mean what its signer signed.

  --cloud <name>   the cloud whose tokens are mutated (default: each in turn)
  --count <n>      mutants of each cloud (default: ${DEFAULT_COUNT})
  --seed <n>       of the first mutant; the next one has the next number (default: by the clock)
`;

interface Wanted {
  readonly clouds: readonly CloudId[];
  readonly count: number;
  readonly seed: number;
}

const { stdout, stderr } = realWorld();
if (import.meta.main) Deno.exitCode = await run(Deno.args);

async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    stdout.write(USAGE);
    return 0;
  }
  let wanted: Wanted;
  try {
    wanted = readArgs(args);
  } catch (refusal) {
    stderr.write(`fuzz: ${messageOf(refusal)}\n\n${USAGE}`);
    return 2;
  }
  stdout.write(`seed ${wanted.seed}, ${wanted.count} mutants of each cloud\n`);
  for (const cloud of wanted.clouds) {
    if (!await fuzz(cloud, wanted)) return 1;
  }
  return 0;
}

/** Whether no mutant of a cloud's tokens does harm. */
async function fuzz(cloud: CloudId, { count, seed }: Wanted): Promise<boolean> {
  const { mutant, judge } = await createHunt(cloud);
  const counts = { refused: 0, same: 0, sts_refuses: 0 };
  const started = performance.now();
  let toldAt = started;
  for (let index = 0; index < count; index++) {
    const verdict = judge(mutant(seed + index));
    if (verdict.kind === "finding") {
      stdout.write(
        `${cloud}: FINDING after ${index + 1} mutants, ${verdict.why}\n${JSON.stringify(mutant(seed + index))}\n` +
          `Again: deno task fuzz --cloud ${cloud} --count 1 --seed ${seed + index}\n`,
      );
      return false;
    }
    counts[verdict.kind] += 1;
    if (index % 1_024 === 0 && performance.now() - toldAt > PROGRESS_MS) {
      toldAt = performance.now();
      stdout.write(`${cloud}: ${index} mutants, ${rate(index, started)}\n`);
    }
  }
  stdout.write(
    `${cloud}: ${count} mutants, ${rate(count, started)}, no finding: ${counts.refused} refused, ${counts.same} mean ` +
      `the same request, ${counts.sts_refuses} left to STS, which refuses them\n`,
  );
  return true;
}

function rate(count: number, since: number): string {
  return `${Math.round(count / (performance.now() - since) * 1_000)} a second`;
}

/** @throws {TypeError} on what the usage does not show */
function readArgs(args: readonly string[]): Wanted {
  const values = new Map<string, string>();
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]!;
    if (!["--cloud", "--count", "--seed"].includes(name) || values.has(name)) {
      throw new TypeError(`Cannot use "${name}": it is not an option, or it stands there twice`);
    }
    values.set(name, args[at + 1] ?? "");
  }
  const cloud = values.get("--cloud");
  const clouds = cloud === undefined ? CLOUDS : CLOUDS.filter((known) => known === cloud);
  if (clouds.length === 0) throw new TypeError(`Cannot use "${cloud}" for --cloud: write ${CLOUDS.join(" or ")}`);
  return {
    clouds,
    count: readNumber(values, "--count") ?? DEFAULT_COUNT,
    seed: readNumber(values, "--seed") ?? Date.now() % 1_000_000_000,
  };
}

function readNumber(values: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" for ${name}: write a whole number below a billion`);
}
