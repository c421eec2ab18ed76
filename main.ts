/**
 * The process: the real world in, the exit code out.
 *
 * @module
 */

import { run } from "./lib/cli/run.ts";
import { realWorld } from "./lib/world.ts";

Deno.exit(await run(Deno.args, realWorld()));
