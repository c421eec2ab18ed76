/**
 * Programs that are started in turn, as neighbours in time, so that a clock that drifts and a busy machine hit all
 * alike.
 *
 * @module
 */

import { MADE_UP_KEYS, type Program } from "../../tests/support/login_program.ts";
import { median } from "./table.ts";

/** Rounds that count, after one that only warms the caches. */
const ROUNDS = 20;

/** What a login is in either cloud. */
export const LOGINS = { alibaba: ["token", "-i", "bench"], aws: ["token", "--cloud", "aws", "-i", "bench"] } as const;

/** The other tool's login, where `RAM_AUTH_TEST_PEERS` names its folder. */
export function peerLogin(): Program | undefined {
  const peers = Deno.env.get("RAM_AUTH_TEST_PEERS");
  return peers ? { command: `${peers}/aws-iam-authenticator`, args: ["token", "-i", "bench"] } : undefined;
}

/** How long programs took, by their names. */
export interface Timings<Name extends string> {
  /** The median of a program, as text with its unit. */
  milliseconds(of: Name): string;
  /** The median of the rounds' ratios, as text with two decimals. */
  ratio(of: Name, to: Name): string;
}

/** Starts each program in each round, and waits for its end. */
export async function startInTurn<Name extends string>(
  programs: Readonly<Record<Name, Program>>,
): Promise<Timings<Name>> {
  const names = Object.keys(programs) as Name[];
  const rounds: Record<Name, number>[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const times = {} as Record<Name, number>;
    for (const name of names) times[name] = await millisecondsOf(programs[name]);
    if (round > 0) rounds.push(times);
  }
  return {
    milliseconds: (of) => `${median(rounds.map((times) => times[of])).toFixed(1)} ms`,
    ratio: (of, to) => median(rounds.map((times) => times[of] / times[to])).toFixed(2),
  };
}

async function millisecondsOf({ command, args }: Program): Promise<number> {
  const process = new Deno.Command(command, {
    args: [...args],
    env: MADE_UP_KEYS,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const started = performance.now();
  const { success, stderr } = await process.output();
  const elapsed = performance.now() - started;
  if (!success) throw new Error(`Cannot run ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return elapsed;
}
