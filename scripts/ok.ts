/**
 * `deno task ok`: everything that must hold before a commit, cheapest part first. It stops at the first part that fails.
 * `--no-tests` leaves the tests out, for a caller that has just run them.
 *
 * @module
 */

import { realWorld } from "../lib/world.ts";

/** The parts, each a command of Deno. Tests of docstrings are part of the tests. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  "fmt": ["fmt", "--check"],
  "lint": ["lint"],
  "check": ["check", "--quiet"],
  "docs": ["run", "--no-prompt", "--allow-read", "scripts/document_options.ts", "--check"],
  "tests": ["task", "--quiet", "test"],
};

const { stdout } = realWorld();
const parts = Object.entries(PARTS).filter(([name]) => name !== "tests" || !Deno.args.includes("--no-tests"));
Deno.exitCode = await run(parts);

async function run(parts: ReadonlyArray<readonly [string, readonly string[]]>): Promise<number> {
  const report: string[] = [];
  let failed = false;
  for (const [name, args] of parts) {
    const started = performance.now();
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    failed = code !== 0;
    report.push(`${name.padEnd(5)} ${seconds.padStart(6)} s  ${failed ? "FAILED" : "ok"}\n`);
    if (failed) break;
  }
  stdout.write(`\n${report.join("")}`);
  return failed ? 1 : 0;
}
