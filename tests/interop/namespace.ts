/**
 * Runs a file of tests where the names of a cloud's STS lead to loopback: in namespaces of its own, so that the machine
 * and the tests beside it notice nothing. Whatever the file starts ends with it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Component, IN_NAMESPACES, testNeeding } from "../support/needs.ts";

/** Longest run where the caller names none: a fence against a hang. On a quiet machine the longest file takes some 30 s. */
const DEADLINE_MS = 900_000;

/** Permissions of the file's own process. What it starts brings its own. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-net",
  "--allow-sys=uid",
];

/** $0: a folder with the file `hosts`; $1: folders of which to change a copy; the rest is what to run. */
const SET_UP = `
ip link set lo up
own=$1
shift
mount -t tmpfs tmpfs "$0/own"
for folder in $own; do
  mkdir -p "$0/own$folder/changes" "$0/own$folder/work"
  layers=lowerdir=$folder,upperdir=$0/own$folder/changes,workdir=$0/own$folder/work
  mount -t overlay -o "userxattr,$layers" overlay "$folder"
done
mount --bind "$0/hosts" /etc/hosts
exec "$@"
`;

/** What to run, and what it finds. */
export interface Inside {
  /** A file with one test, whose steps become those of the test outside. */
  readonly file: string;
  /** Host names that lead to 127.0.0.1. */
  readonly names: readonly string[];
  /** Folders of the machine that it may change: it sees them as they are, and its changes end with it. */
  readonly own?: readonly string[];
  /** When it is ended. Default: 15 minutes. */
  readonly deadlineMs?: number;
}

/** Registers a test that runs inside; it is skipped, with the reason in its name, where a component is missing. */
export function testInside(components: readonly Component[], name: string, inside: Inside): void {
  testNeeding(["namespaces", ...components], name, async (t) => {
    const { steps, passed, output } = await runInside(inside);
    for (const { name, failure } of steps) {
      await t.step(name, () => assert.ok(failure === undefined, failure ?? name));
    }
    const isExplained = steps.some(({ failure }) => failure !== undefined);
    assert.ok(isExplained || passed && steps.length > 0, output);
  });
}

/** One step of a test that ran inside. */
interface InsideStep {
  readonly name: string;
  /** What its assertion said; `undefined` if it passed. */
  readonly failure: string | undefined;
}

/** What a run came to. */
interface InsideRun {
  readonly steps: readonly InsideStep[];
  /** Whether every step was reached and passed, and nothing was left running. */
  readonly passed: boolean;
  /** Everything that was printed. */
  readonly output: string;
}

async function runInside({ file, names, own = [], deadlineMs = DEADLINE_MS }: Inside): Promise<InsideRun> {
  const folder = await Deno.makeTempDir({ prefix: "namespace-" });
  try {
    await Deno.mkdir(`${folder}/own`);
    await Deno.writeTextFile(`${folder}/hosts`, ["localhost", ...names].map((name) => `127.0.0.1 ${name}\n`).join(""));
    const test = [Deno.execPath(), "test", "--quiet", "--reporter=tap", ...PERMISSIONS, file];
    const [program, ...args] = [...IN_NAMESPACES, "sh", "-euc", SET_UP, folder, own.join(" "), ...test];
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
