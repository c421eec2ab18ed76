/**
 * The project's own image, for a node.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Writes what `deno task image` makes of a binary. */
export async function makeImage(binary: string, output: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "image", "--binary", binary, "--output", output],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}
