/**
 * The process: the real world in, the exit code out.
 *
 * @module
 */

import { keepNeeded } from "./lib/cli/permissions.ts";
import { run } from "./lib/cli/run.ts";
import { realWorld } from "./lib/world.ts";

keepNeeded(Deno.args);
Deno.exit(await run(Deno.args, realWorld()));
