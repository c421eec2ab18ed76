/**
 * What a login costs the user: `ram-auth token` of each cloud, an empty program, and the peer where there is one, run in
 * turn. Every key is made up: signing needs no network, so nobody is asked about it.
 *
 * @module
 */

import { TOKEN_PERMISSIONS } from "../permissions.ts";
import { median, row } from "./table.ts";

/** Rounds that count, after one that only warms the caches. */
const ROUNDS = 20;

/** What the token command is to stay under, as a multiple of an empty program. */
const GOAL = 1.6;

/** The same, as a multiple of the peer that does the same work. */
const PEER_GOAL = 1.25;

const ALIBABA_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpBenchKey",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpBenchSecret",
};
const AWS_KEYS = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_REGION: "us-west-2",
};

interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Measures, and returns rows to print. */
export async function benchTokenStart(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/empty.ts`, "");
    const empty = fromSource(`${folder}/empty.ts`);
    const alibaba = fromSource("main.ts", "token", "-i", "bench");
    const aws = fromSource("main.ts", "token", "--cloud", "aws", "-i", "bench");
    const peers = Deno.env.get("RAM_AUTH_TEST_PEERS");
    const peer = peers ? [{ command: `${peers}/aws-iam-authenticator`, args: ["token", "-i", "bench"] }] : [];
    const rounds = await runInTurn([empty, alibaba, aws, ...peer]);
    return row("empty program", milliseconds(rounds, 0)) +
      row("ram-auth token, Alibaba", `${milliseconds(rounds, 1)}, ${ratio(rounds, 1, 0, GOAL)} of empty`) +
      row("ram-auth token, AWS", `${milliseconds(rounds, 2)}, ${ratio(rounds, 2, 0, GOAL)} of empty`) +
      (peer.length === 0
        ? row("aws-iam-authenticator token", "not measured: RAM_AUTH_TEST_PEERS is not set")
        : row("aws-iam-authenticator token", milliseconds(rounds, 3)) +
          row("ram-auth token, AWS, to it", ratio(rounds, 2, 3, PEER_GOAL)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fromSource(...program: readonly string[]): Program {
  return { command: Deno.execPath(), args: ["run", ...TOKEN_PERMISSIONS, ...program] };
}

/** Milliseconds of each program, round by round: neighbours in time, so that a drifting clock hits all alike. */
async function runInTurn(programs: readonly Program[]): Promise<readonly (readonly number[])[]> {
  const rounds: number[][] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const times: number[] = [];
    for (const program of programs) times.push(await millisecondsOf(program));
    if (round > 0) rounds.push(times);
  }
  return rounds;
}

async function millisecondsOf({ command, args }: Program): Promise<number> {
  const env = { ...ALIBABA_KEYS, ...AWS_KEYS };
  const process = new Deno.Command(command, {
    args: [...args],
    env,
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

function milliseconds(rounds: readonly (readonly number[])[], program: number): string {
  return `${median(rounds.map((times) => times[program]!)).toFixed(1)} ms`;
}

function ratio(rounds: readonly (readonly number[])[], of: number, to: number, goal: number): string {
  return `${median(rounds.map((times) => times[of]! / times[to]!)).toFixed(2)} (goal: at most ${goal})`;
}
