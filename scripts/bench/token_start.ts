/**
 * What a login costs the user: `ram-auth token` and an empty program, run in turn.
 *
 * @module
 */

import { TOKEN_PERMISSIONS } from "../permissions.ts";
import { median, row } from "./table.ts";

/** Pairs that count, after one that only warms the caches. */
const PAIRS = 20;

/** What the token command is to stay under, as a multiple of an empty program. */
const GOAL = 1.6;

/** Made-up keys: signing needs no network, so nobody is asked about them. */
const KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpBenchKey",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpBenchSecret",
};

/** Measures, and returns rows to print. */
export async function benchTokenStart(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const empty = [`${folder}/empty.ts`];
    await Deno.writeTextFile(empty[0]!, "");
    const token = ["main.ts", "token", "-i", "bench"];
    await runPair(empty, token);
    const pairs: (readonly [number, number])[] = [];
    for (let i = 0; i < PAIRS; i++) pairs.push(await runPair(empty, token));
    return row("empty program", `${median(pairs.map(([a]) => a)).toFixed(1)} ms`) +
      row("ram-auth token", `${median(pairs.map(([, b]) => b)).toFixed(1)} ms`) +
      row("ratio", `${median(pairs.map(([a, b]) => b / a)).toFixed(2)} (goal: at most ${GOAL})`);
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
