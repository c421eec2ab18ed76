/**
 * Runs a file of tests where the names of a cloud's STS lead to loopback: in namespaces of its own, so that the machine
 * and the tests beside it notice nothing. Whatever the file starts ends with it.
 *
 * @module
 */

import { IN_NAMESPACES } from "../support/needs.ts";

/** Longest run where the caller names none: a fence against a hang. On a quiet machine the longest file takes some 30 s. */
const DEADLINE_MS = 900_000;

/** Permissions of the file's own process. What it starts brings its own. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-net=127.0.0.1,localhost",
  "--allow-sys=hostname,uid",
];

const SET_UP = 'ip link set lo up; mount --bind "$0" /etc/hosts; exec "$@"';

/** One step of a test that ran inside. */
export interface InsideStep {
  readonly name: string;
  /** What its assertion said; `undefined` if it passed. */
  readonly failure: string | undefined;
}

/** What a run came to. */
export interface InsideRun {
  readonly steps: readonly InsideStep[];
  /** Whether every step was reached and passed, and nothing was left running. */
  readonly passed: boolean;
  /** Everything that was printed. */
  readonly output: string;
}

/** Runs the tests of `file`, with `names` leading to 127.0.0.1. */
export async function runInside(
  file: string,
  names: readonly string[],
  { deadlineMs = DEADLINE_MS }: { readonly deadlineMs?: number } = {},
): Promise<InsideRun> {
  const folder = await Deno.makeTempDir({ prefix: "namespace-" });
  try {
    await Deno.writeTextFile(`${folder}/hosts`, ["localhost", ...names].map((name) => `127.0.0.1 ${name}\n`).join(""));
    const test = [Deno.execPath(), "test", "--quiet", "--reporter=tap", ...PERMISSIONS, file];
    const [program, ...args] = [...IN_NAMESPACES, "sh", "-euc", SET_UP, `${folder}/hosts`, ...test];
    const env = { TMPDIR: folder, NO_COLOR: "1" };
    const child = new Deno.Command(program!, { args, env, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    // While it waits, unshare heeds no milder signal.
    const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    const { success, stdout, stderr } = await child.output().finally(() => clearTimeout(timer));
    const tap = new TextDecoder().decode(stdout);
    return { steps: readSteps(tap), passed: success, output: tap + new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The steps in TAP: `    ok 1 - <name>`, or `    not ok 1 - <name>` over a block with a line of JSON. */
function readSteps(tap: string): InsideStep[] {
  return [...tap.matchAll(/^ {4}(not )?ok \d+ - (.*)(?:\n +---\n +(\{.*\}))?/gm)].map(([, not, name, details]) => ({
    name: name!,
    failure: not === undefined ? undefined : JSON.parse(details ?? "{}").message ?? "it says not why",
  }));
}
