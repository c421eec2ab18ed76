/**
 * Loaded before each file of tests: what a command writes to standard error is kept, whoever runs it by
 * `new Deno.Command(…).output()`.
 *
 * @module
 */

import { keepOutput } from "./keep_output.ts";

const { output, outputSync } = Deno.Command.prototype;

Deno.Command.prototype.output = async function () {
  return kept(await output.call(this));
};

Deno.Command.prototype.outputSync = function () {
  return kept(outputSync.call(this));
};

function kept(done: Deno.CommandOutput): Deno.CommandOutput {
  try {
    keepOutput(done.stderr);
  } catch {
    // It is not piped.
  }
  return done;
}
