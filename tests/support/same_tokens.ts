/**
 * Whether another form of the program makes the tokens that the sources make.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TOKEN_PERMISSIONS } from "../../scripts/permissions.ts";

/** Tries until both sign within one second; a busy machine may need some. */
const TRIES = 40;

const KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpForTheTest",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "made-up-secret",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_REGION: "us-west-2",
};

/** Something to run, with the arguments of `ram-auth` behind its own. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

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
  const { stdout, stderr } = await new Deno.Command(command, { args: [...args, ...login], env: KEYS, stdin: "null" })
    .output();
  return `${new TextDecoder().decode(stderr)}${new TextDecoder().decode(stdout)}`;
}
