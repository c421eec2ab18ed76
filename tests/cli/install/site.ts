/**
 * A tree to install into, for tests of `init --install`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { init } from "../../../lib/cli/install/init.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import type { World } from "../../../lib/world.ts";
import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";
import { inFolder } from "../../state/stored_files.ts";

/** Not a program, but copied like one. */
export const PROGRAM = "the program ".repeat(200_000);

/** A tree to install into, and a program beside it. */
export interface Site {
  readonly root: string;
  readonly program: string;
  /** Runs `init --install --root <root>` with these arguments too, and returns what it printed. */
  install(...args: string[]): Promise<string>;
}

/** Runs a test with a tree that is gone afterwards. */
export async function inSite(test: (site: Site) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const [root, program] = [`${folder}/root`, `${folder}/program`];
    await Deno.writeTextFile(program, PROGRAM);
    await test({ root, program, install: (...args) => runInit(["--install", "--root", root, ...args], program) });
  });
}

/** Runs `init` with these arguments, and returns what it printed. */
export async function runInit(
  args: readonly string[],
  program?: string,
  world: World & Pick<FakeWorld, "out"> = fakeWorld(),
): Promise<string> {
  const settings = await loadSettings("init", await parseFlags("init", args), world);
  const stopSignal = () => Promise.resolve(new AbortController().signal);
  assert.equal(await init({ settings, world, stopSignal }, program), 0);
  return world.out();
}

/** Every file under a folder, with what `of` says of it. */
export async function tree<T>(root: string, of: (path: string) => Promise<T>, folder = ""): Promise<Record<string, T>> {
  const found: Record<string, T> = {};
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(found, await tree(root, of, path));
    else found[path] = await of(root + path);
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
}
