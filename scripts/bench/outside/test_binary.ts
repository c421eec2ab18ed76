/**
 * The compiled program that is measured beside the sources: the one that `RAM_AUTH_TEST_BINARY` names, or one compiled
 * with the runtime that `DENORT_BIN` names.
 *
 * @module
 */

import { messageOf } from "../../../lib/errors.ts";
import { compile } from "../../compile/compile.ts";
import { targetNamed } from "../../compile/runtime.ts";

/** A program, and the version of its runtime. */
export interface TestBinary {
  readonly path: string;
  readonly runtime: string;
}

/**
 * Finds it, or compiles it into the folder; `undefined` where neither variable is set, and where the runtime is not of
 * the version of the Deno that compiles, which is said.
 *
 * @throws {Error} where the program that was named does not run
 */
export async function findTestBinary(folder: string, say: (what: string) => void): Promise<TestBinary | undefined> {
  const path = Deno.env.get("RAM_AUTH_TEST_BINARY") || await compiled(folder, say);
  if (path === undefined) return undefined;
  const command = new Deno.Command(path, { args: ["version"], stdin: "null", stdout: "piped", stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  const runtime = /^deno +(\S+)$/m.exec(new TextDecoder().decode(stdout))?.[1];
  if (success && runtime !== undefined) return { path, runtime: `Deno ${runtime}` };
  throw new Error(
    `Cannot measure the binary "${path}": it does not run: ${
      new TextDecoder().decode(stderr).trim()
    }; name another in ` +
      "RAM_AUTH_TEST_BINARY, or unset DENORT_BIN",
  );
}

async function compiled(folder: string, say: (what: string) => void): Promise<string | undefined> {
  const target = targetNamed(Deno.build.target);
  if (!Deno.env.get("DENORT_BIN") || target === undefined) return undefined;
  try {
    await compile({ target, output: `${folder}/ram-auth` });
  } catch (error) {
    say(`the binary is left out: ${messageOf(error)}`);
    return undefined;
  }
  return `${folder}/ram-auth`;
}
