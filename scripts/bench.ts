/**
 * `deno task bench`: servers measured from outside, next to the other tool, and the hot paths as ratios of things that
 * are measured in turn on the same machine. It asserts nothing: machines differ, and a busy one lies.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { messageOf } from "../lib/errors.ts";
import { realWorld } from "../lib/world.ts";
import { benchBinary } from "./bench/binary.ts";
import { benchListResources } from "./bench/list_resources.ts";
import { benchLookup } from "./bench/lookup.ts";
import { benchMappingChange } from "./bench/mapping_change.ts";
import { whyNoNode } from "./bench/outside/node_program.ts";
import { withSection } from "./bench/outside/page.ts";
import { runScenario } from "./bench/outside/run.ts";
import { serverKinds } from "./bench/outside/servers.ts";
import { findTestBinary } from "./bench/outside/test_binary.ts";
import { SCENARIOS } from "./bench/scenarios/scenarios.ts";
import { benchStsCall } from "./bench/sts_call.ts";
import { benchTokenStart } from "./bench/token_start.ts";
import { runTask } from "./run_task.ts";

const PARTS: Readonly<Record<string, { readonly measures: string; readonly run: () => string | Promise<string> }>> = {
  token: {
    measures: "a login of each cloud from source and from the bundle, against an empty program, and against\n" +
      "aws-iam-authenticator where RAM_AUTH_TEST_PEERS names its folder (median of 20 rounds)",
    run: benchTokenStart,
  },
  sts: {
    measures:
      "CPU time of a call to STS by the server's HTTPS client and by fetch (7 rounds of 4,000 calls, 1, 16 and\n" +
      "64 in flight)",
    run: benchStsCall,
  },
  lookup: {
    measures: "finding the rule of an identity among 10, 1,000 and 100,000, and reading 100,000 resources",
    run: benchLookup,
  },
  change: {
    measures: "how soon a changed mapping counts (50 changes of each source; those of an API server where\n" +
      "KUBEBUILDER_ASSETS names one)",
    run: benchMappingChange,
  },
  resources: {
    measures: "how long a server takes to start, and how much memory, with 100,000 custom resources in a real API\n" +
      "server (KUBEBUILDER_ASSETS), which takes minutes to fill",
    run: benchListResources,
  },
  binary: {
    measures:
      "size of a binary, a login with it against an empty one, the sources and aws-iam-authenticator, and the memory\n" +
      "of its server idle and after 10,000 reviews; needs DENORT_BIN or a download",
    run: benchBinary,
  },
};

const PAGE = "docs/benchmarks.md";

const HELP = `Usage: deno task bench [--quick] [--write] [NAME]...

Measures, and asserts nothing. Without a name, all.

  --quick  one short round of each scenario: shows that it works, not how fast anything is
  --write  also write the scenarios' tables into ${PAGE}

Scenarios. Each server is a process of its own: the sources, the compiled program (RAM_AUTH_TEST_BINARY, or compiled
with DENORT_BIN), and aws-iam-authenticator where RAM_AUTH_TEST_PEERS names its folder. STS and the clients are
processes of Node, which must be on the PATH.

${listOf(SCENARIOS)}
Parts.

${listOf(PARTS)}`;

const { stdout, stderr } = realWorld();

await runTask({
  name: "bench",
  help: HELP,
  readArguments() {
    const { values, positionals } = parseArgs({
      args: Deno.args,
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const unknown = positionals.find((name) => !Object.hasOwn(SCENARIOS, name) && !Object.hasOwn(PARTS, name));
    if (unknown !== undefined) throw new Error(`"${unknown}" is nothing to measure`);
    if (values.quick && values.write) throw new Error("--write needs real figures, which --quick has not");
    return { ...values, names: positionals };
  },
  async run({ names, quick, write }) {
    const wants = (name: string) => names.length === 0 || names.includes(name);
    for (const [name, { run }] of Object.entries(PARTS)) if (wants(name)) stdout.write(await run());
    const scenarios = Object.entries(SCENARIOS).filter(([name]) => wants(name));
    if (scenarios.length === 0) return 0;
    const missing = whyNoNode();
    if (missing !== undefined) {
      stdout.write(`not measured: ${scenarios.map(([name]) => name).join(", ")}: ${missing}\n`);
      return 0;
    }
    return await measureFromOutside(scenarios, { isQuick: quick, write });
  },
});

async function measureFromOutside(
  scenarios: readonly (readonly [string, (typeof SCENARIOS)[string]])[],
  { isQuick, write }: { readonly isQuick: boolean; readonly write: boolean },
): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "bench-binary-" });
  try {
    const say = (what: string) => stderr.write(`bench: ${what}\n`);
    const binary = await findTestBinary(folder, say);
    const kinds = serverKinds(binary?.path);
    let failures = 0;
    for (const [name, scenario] of scenarios) {
      try {
        const text = await runScenario(name, scenario, {
          kinds,
          binary: binary?.path,
          binaryRuntime: binary?.runtime ?? "",
          isQuick,
          say,
        });
        stdout.write(`${text}\n`);
        if (write) await writeSection(name, text);
      } catch (error) {
        failures += 1;
        stderr.write(`Cannot measure ${name}: ${messageOf(error)}\n`);
      }
    }
    return failures === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeSection(name: string, text: string): Promise<void> {
  await Deno.writeTextFile(PAGE, withSection(await Deno.readTextFile(PAGE), name, text));
  // Sentences get as long as their figures.
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
  if (!success) throw new Error(`Cannot format "${PAGE}"`);
}

function listOf(rows: Readonly<Record<string, { readonly measures: string }>>): string {
  return Object.entries(rows).map(([name, { measures }]) =>
    `  ${name.padEnd(11)} ${measures.replaceAll("\n", "\n              ")}\n`
  ).join("");
}
