/**
 * `deno task bench`: what a login costs, as ratios of two programs that run in turn on the same machine. It asserts
 * nothing: machines differ, and a busy one lies.
 *
 * @module
 */

import { realWorld } from "../lib/world.ts";
import { TOKEN_PERMISSIONS } from "./permissions.ts";

const HELP = `Usage: deno task bench [--help]

Runs an empty Deno program and "ram-auth token" in turn, and prints the median of each and the median of their ratios,
pair by pair. The goal for a token is a ratio of 1.6 or less.
`;

/** Pairs that count, after one that only warms the caches. */
const PAIRS = 20;

/** What the token command is to stay under, as a multiple of an empty program. */
const GOAL = 1.6;

/** Made-up keys: signing needs no network, so nobody is asked about them. */
const KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpBenchKey",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpBenchSecret",
};

const { stdout } = realWorld();
if (Deno.args.length > 0) {
  stdout.write(HELP);
  Deno.exitCode = Deno.args[0] === "--help" ? 0 : 2;
} else {
  await bench();
}

async function bench(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const empty = [`${folder}/empty.ts`];
    await Deno.writeTextFile(empty[0]!, "");
    const token = ["main.ts", "token", "-i", "bench"];
    await runPair(empty, token);
    const pairs: (readonly [number, number])[] = [];
    for (let i = 0; i < PAIRS; i++) pairs.push(await runPair(empty, token));
    stdout.write(
      row("empty program", `${median(pairs.map(([a]) => a)).toFixed(1)} ms`) +
        row("ram-auth token", `${median(pairs.map(([, b]) => b)).toFixed(1)} ms`) +
        row("ratio", `${median(pairs.map(([a, b]) => b / a)).toFixed(2)} (goal: at most ${GOAL})`),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Milliseconds of one run of each. */
async function runPair(first: readonly string[], second: readonly string[]): Promise<readonly [number, number]> {
  return [await millisecondsOf(first), await millisecondsOf(second)];
}

async function millisecondsOf(program: readonly string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...TOKEN_PERMISSIONS, ...program],
    env: KEYS,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const started = performance.now();
  const { success, stderr } = await command.output();
  const elapsed = performance.now() - started;
  if (!success) throw new Error(`Cannot run ${program.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return elapsed;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function row(name: string, value: string): string {
  return `${name.padEnd(16)}${value}\n`;
}
