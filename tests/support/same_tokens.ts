/**
 * Whether another form of the program makes the tokens that the sources make.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TOKEN_PERMISSIONS } from "../../scripts/permissions.ts";
import { MADE_UP_KEYS, type Program } from "./login_program.ts";

/** Tries until both sign within one second; a busy machine may need some. */
const TRIES = 40;

/** Compares what a program and the sources print for a login of each cloud, byte for byte. */
export async function sameTokens(program: Program): Promise<void> {
  const sources = { command: Deno.execPath(), args: ["run", "--quiet", ...TOKEN_PERMISSIONS, "main.ts"] };
  for (
    const login of [
      ["token", "-i", "c1"],
      ["token", "-i", "c1", "--cloud", "aws"],
      ["eks", "get-token", "--cluster-name", "c1"],
      ["credential-plugin", "get-token", "--cluster-id", "c1"],
    ]
  ) {
    for (let left = TRIES;; left--) {
      const [ours, theirs] = await Promise.all([printed(sources, login), printed(program, login)]);
      assert(ours.includes('"token"'), ours);
      if (ours === theirs) break;
      if (left === 0) assert.equal(theirs, ours);
    }
  }
}

async function printed({ command, args }: Program, login: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args: [...args, ...login],
    env: MADE_UP_KEYS,
    stdin: "null",
  })
    .output();
  return `${new TextDecoder().decode(stderr)}${new TextDecoder().decode(stdout)}`;
}
