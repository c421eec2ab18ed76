/**
 * Another user of this machine, for tests of what root does among the files of others. Only root can be somebody else.
 *
 * @module
 */

import { whyMissing } from "./needs.ts";

/** Number of a user that owns nothing here: the one that the pods run as. */
export const OTHER_USER = 65_532;

/** Runs a command line as {@linkcode OTHER_USER}, without root's groups and rights. */
export const AS_OTHER_USER = [
  "setpriv",
  `--reuid=${OTHER_USER}`,
  `--regid=${OTHER_USER}`,
  "--clear-groups",
  "--no-new-privs",
] as const;

/** Registers a test that is skipped, with the reason in its name, for everybody but root. */
export function testAsRoot(name: string, fn: (t: Deno.TestContext) => void | Promise<void>): void {
  const reason = Deno.uid() === 0 ? whyMissing(["setpriv"]) : "only root can be another user";
  Deno.test({ name: reason === undefined ? name : `${name} (skipped: ${reason})`, ignore: reason !== undefined, fn });
}

/** Runs a test in a folder of {@linkcode OTHER_USER}, in a temporary one that every user can enter. */
export async function inFolderOfOther(test: (folder: string) => Promise<void>): Promise<void> {
  const outer = await Deno.makeTempDir();
  try {
    await Deno.chmod(outer, 0o755);
    await Deno.mkdir(`${outer}/theirs`, { mode: 0o700 });
    await Deno.chown(`${outer}/theirs`, OTHER_USER, OTHER_USER);
    await test(`${outer}/theirs`);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

/** Runs a script of sh as {@linkcode OTHER_USER} to its end; `$1` and so on are the arguments. */
export async function shellOfOther(script: string, ...args: readonly string[]): Promise<string> {
  const [program, ...before] = [...AS_OTHER_USER, "sh", "-euc", script, "sh", ...args];
  const { success, stdout, stderr } = await new Deno.Command(program!, { args: before, cwd: "/" }).output();
  if (!success) throw new Error(`the other user's script failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Starts a script of sh as {@linkcode OTHER_USER} that goes on until it is disposed of; ready once it printed a line. */
export async function scriptOfOther(script: string, ...args: readonly string[]): Promise<AsyncDisposable> {
  const [program, ...before] = [...AS_OTHER_USER, "sh", "-uc", script, "sh", ...args];
  const child = new Deno.Command(program!, { args: before, cwd: "/", stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

/** Puts a link to `$2` into the place of each draft in the folder `$1`, as fast as it can. */
export const SWAP_DRAFTS = `cd "$1"; echo ready
while :; do for draft in *.tmp; do
  if [ -f "$draft" ] && [ ! -L "$draft" ]; then ln -sfn "$2" .swap && mv -fT .swap "$draft"; fi
done; done 2>/dev/null`;
