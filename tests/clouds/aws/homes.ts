/**
 * Homes with AWS's shared files in them, for the tests of credential sources.
 *
 * @module
 */

import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";

/** Runs the body in a world whose home has these files; they are gone afterwards. */
export async function atHome(
  files: { readonly config?: string; readonly credentials?: string },
  body: (home: string, world: (env?: Readonly<Record<string, string>>) => FakeWorld) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/.aws`);
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${home}/.aws/${name}`, text);
    await body(home, (env) => fakeWorld({ HOME: home, ...env }));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
