/**
 * Git repositories in temporary folders, for tests of what reads the project's.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Writes the files of this project as they are now, committed or not, into an empty folder. */
export async function copyProject(folder: string): Promise<void> {
  const files = await run(".", "git", "ls-files", "--cached", "--others", "--exclude-standard");
  for (const path of files.trim().split("\n")) {
    await Deno.mkdir(`${folder}/${path}`.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(path, `${folder}/${path}`);
  }
}

/** Makes a repository of a folder and one commit of everything in it; returns the commit. */
export async function commitAll(folder: string): Promise<string> {
  await run(folder, "git", "init", "--quiet");
  await run(folder, "git", "add", "--all");
  const author = ["-c", "user.name=Made Up", "-c", "user.email=made.up@example.com"];
  await run(folder, "git", ...author, "commit", "--quiet", "--message", "made up");
  return (await run(folder, "git", "rev-parse", "HEAD")).trim();
}

/** Runs a program in a folder, and returns what it prints; it must end with 0. */
export async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], cwd, stdin: "null" }).output();
  const decoder = new TextDecoder();
  assert(success, `${program} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
