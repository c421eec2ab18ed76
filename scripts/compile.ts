/**
 * `deno task compile`: one binary, with the permissions that ship baked in and the commit stamped. It holds the runtime
 * of `DENORT_BIN`, which must be of the version of Deno that compiles; without that variable, or for another target,
 * Deno downloads one. The same commit gives the same bytes, in whichever folder.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { compile, suffixOf } from "./compile/compile.ts";
import { targetNamed, TARGETS } from "./compile/runtime.ts";
import { runTask } from "./run_task.ts";

const HELP = `Usage: deno task compile [--output PATH] [--target TARGET]

Makes one binary; without options dist/ram-auth, for this machine.

  --output PATH    where to write it
  --target TARGET  what it is for:
                     ${TARGETS.join("\n                     ")}

DENORT_BIN names the runtime to put in: denort of this Deno's version, for that target. Otherwise Deno downloads it.

  deno task compile
  deno task compile --target aarch64-unknown-linux-gnu --output dist/ram-auth-arm64
`;

const { stdout, stderr } = realWorld();

await runTask({
  name: "compile",
  help: HELP,
  readArguments: () =>
    parseArgs({
      args: Deno.args,
      options: {
        output: { type: "string" },
        target: { type: "string", default: Deno.build.target },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values,
  async run(options) {
    const target = targetNamed(options.target);
    if (target === undefined) {
      stderr.write(`Cannot compile for "${options.target}": it is no target; use one of ${TARGETS.join(", ")}\n`);
      return 2;
    }
    const output = options.output ?? `dist/ram-auth${suffixOf(target)}`;
    const { bytes, commit } = await compile({ target, output });
    stdout.write(`${output}: ${(bytes / 1_000_000).toFixed(1)} MB, for ${target}, commit ${commit}\n`);
    return 0;
  },
});
