/**
 * Runs one scenario, and writes down what came of it with what it was measured on.
 *
 * @module
 */

import { type BenchOptions, createBench, type Scenario } from "./bench.ts";
import { markdownTable } from "./figures.ts";
import { SERVER_NAMES, type ServerKind } from "./servers.ts";

/** Markdown: the command, the runtimes and the tables. */
export async function runScenario(
  name: string,
  scenario: Scenario,
  options: BenchOptions & { readonly binaryRuntime: string },
): Promise<string> {
  await using bench = await createBench(options);
  const tables = await scenario.run(bench);
  const runtimes: Readonly<Record<ServerKind, string>> = {
    source: `Deno ${Deno.version.deno}`,
    binary: options.binaryRuntime,
    peer: "0.7.18",
    bare: `Deno ${Deno.version.deno}`,
  };
  const on = options.kinds.map((kind) => `${SERVER_NAMES[kind]}: ${runtimes[kind]}`).join("; ");
  const command = `deno task bench ${name}${options.isQuick ? " --quick" : ""}`;
  return `\`${command}\` (${on}; ${navigator.hardwareConcurrency} CPUs, ${new Date().toISOString().slice(0, 10)})\n\n` +
    tables.map(markdownTable).join("\n");
}
