/**
 * Commands on one file.
 *
 * @module
 */

import { run } from "../../../lib/cli/run.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";

/** What a command came to. */
export interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command on a file of the text, which is `FILE` in the arguments and `f` in what it printed. */
export async function ramAuth(text: string, ...args: readonly string[]): Promise<Done> {
  const done: Done[] = [];
  await withFile(text, async (path) => {
    const world = fakeWorld();
    const code = await run(args.map((arg) => arg.replaceAll("FILE", path)), world);
    done.push({ code, out: world.out().replaceAll(path, "f"), err: world.err().replaceAll(path, "f") });
  });
  return done[0]!;
}
