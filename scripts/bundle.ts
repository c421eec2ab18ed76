/**
 * `deno task bundle`: the program as a few files of JavaScript in `dist/bundle`, for machines that run it with Deno. A
 * login starts faster from them than from the sources, which are some thirty files and a lock file to read.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { ENTRY, START_FLAGS } from "./compile/bundle.ts";
import { makeBundle } from "./compile/compile.ts";
import { TOKEN_PERMISSIONS } from "./permissions.ts";
import { runTask } from "./run_task.ts";

const OUTPUT = "dist/bundle";

const HELP = `Usage: deno task bundle

Writes ${OUTPUT}, which Deno runs in place of main.ts, with the same permissions:

  deno run ${START_FLAGS.join(" ")} ${TOKEN_PERMISSIONS.join(" ")} \\
    ${OUTPUT}/${ENTRY} token -i my-cluster

The folder holds all that the program needs but Deno, and may be copied elsewhere.
`;

const { stdout } = realWorld();

await runTask({
  name: "bundle",
  help: HELP,
  readArguments: () => parseArgs({ args: Deno.args, options: { help: { type: "boolean", default: false } } }).values,
  async run() {
    const commit = await makeBundle(OUTPUT);
    stdout.write(`${OUTPUT}/${ENTRY}: commit ${commit}\n`);
    return 0;
  },
});
