/**
 * The process: the real world in, the exit code out.
 *
 * @module
 */

import { run } from "./lib/cli/run.ts";
import { realWorld } from "./lib/world.ts";

/** What shells report for a process that Ctrl-C ended: 128 + 2. */
const EXIT_INTERRUPTED = 130;

const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());
Deno.addSignalListener("SIGINT", () => stop.signal.aborted ? Deno.exit(EXIT_INTERRUPTED) : stop.abort());

Deno.exit(await run(Deno.args, realWorld(), stop.signal));
