/**
 * What a binary says of itself, and what git knows of its commit.
 *
 * @module
 */

import { areOfCommit, dateOfCommit, DIRTY } from "../compile/commit.ts";

/** What the bill of materials and the licences are read from: they have to be those of the binary. */
const DESCRIBED = ["deno.lock", "LICENSE"] as const;

/** A binary. */
export interface BinaryFacts {
  readonly path: string;
  readonly version: string;
  /** With `-dirty` where files differed from it. */
  readonly commit: string;
  /** When the commit was made. */
  readonly date: Date;
  /** Version of the Deno whose runtime is in it. */
  readonly deno: string;
}

/**
 * Asks a binary of this project.
 *
 * @throws {Error} that says what to do, where it does not run here, or its packages are not those of the current folder
 */
export async function factsOf(path: string): Promise<BinaryFacts> {
  const { version, commit, deno } = await said(path);
  const clean = commit.endsWith(DIRTY) ? commit.slice(0, -DIRTY.length) : commit;
  const date = await dateOfCommit(clean);
  if (date === undefined) {
    throw new Error(`git does not know here the commit "${commit}" of "${path}"; use a clone that has it`);
  }
  if (!await areOfCommit(clean, DESCRIBED)) {
    throw new Error(
      `"${path}" is of commit ${commit}, but ${DESCRIBED.join(" or ")} here differs from it; compile again`,
    );
  }
  return { path, version, commit, date, deno };
}

async function said(path: string): Promise<Pick<BinaryFacts, "version" | "commit" | "deno">> {
  const why = `cannot run "${path} version"; name a binary of ram-auth for this machine`;
  try {
    const { success, stdout } = await new Deno.Command(path, { args: ["version", "-o", "json"], stdin: "null" })
      .output();
    if (!success) throw new Error(why);
    return JSON.parse(new TextDecoder().decode(stdout));
  } catch (cause) {
    throw new Error(why, { cause });
  }
}
