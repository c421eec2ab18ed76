/**
 * What git knows of a tree.
 *
 * @module
 */

/** Behind the commit of a tree in which files differ from it, as `git describe --dirty` writes it. */
export const DIRTY = "-dirty";

/** What stands for the commit outside of git. */
export const UNKNOWN = "unknown";

/** The commit of the current folder, with {@linkcode DIRTY} where it has changes; {@linkcode UNKNOWN} outside of git. */
export async function commitOfTree(): Promise<string> {
  const [commit, changes] = [await git("rev-parse", "HEAD"), await changesOfTree()];
  if (commit === undefined || changes === undefined) return UNKNOWN;
  return changes.length === 0 ? commit : `${commit}${DIRTY}`;
}

/** The files of the current folder that differ from its commit or are new, by path; `undefined` outside of git. */
export async function changesOfTree(): Promise<string[] | undefined> {
  const status = await git("status", "--porcelain");
  return status?.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
}

/** When a commit was made; `undefined` outside of git, and where git does not know it. */
export async function dateOfCommit(commit = "HEAD"): Promise<Date | undefined> {
  const date = await git("log", "-1", "--format=%cI", commit, "--");
  return date === undefined ? undefined : new Date(date.trim());
}

/** Whether these files of the current folder are as they are in the commit. */
export async function areOfCommit(commit: string, paths: readonly string[]): Promise<boolean> {
  return await git("diff", "--quiet", commit, "--", ...paths) !== undefined;
}

async function git(...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, stdin: "null", stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trimEnd() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
