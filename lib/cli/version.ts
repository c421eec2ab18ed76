/**
 * `ram-auth version`.
 *
 * @module
 */

import { COMMIT, VERSION } from "../version.ts";
import type { Invocation } from "./command.ts";

/** Prints what a report of a problem needs: this build, the runtime in it, and the machine it is for. */
export function run({ settings, world }: Invocation): Promise<number> {
  const build = {
    version: VERSION,
    commit: COMMIT ?? "source",
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    target: Deno.build.target,
  };
  const lines = Object.entries(build).slice(1).map(([name, value]) => `${name.padEnd(8)}${value}\n`);
  world.stdout.write(
    settings.get("output") === "json" ? `${JSON.stringify(build)}\n` : `ram-auth ${VERSION}\n${lines.join("")}`,
  );
  return Promise.resolve(0);
}
