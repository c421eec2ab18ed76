/**
 * A folder to work in, on the file system of what is made there.
 *
 * @module
 */

import { dirname, resolve } from "node:path";

/** Makes a folder beside `output`, and removes it after `use`, on Ctrl-C, too. Its path is absolute. */
export async function withFolderBeside<T>(output: string, use: (folder: string) => Promise<T>): Promise<T> {
  const parent = resolve(dirname(output));
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent, prefix: ".making-" });
  Deno.addSignalListener("SIGINT", passOver);
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
    Deno.removeSignalListener("SIGINT", passOver);
  }
}

/** Ctrl-C reaches the tools too: they end, that is seen, and the folder is removed. */
function passOver(): void {}
