/**
 * Puts a file in place whole, for a reader that may look at any moment: one that is written in place is empty for a while.
 *
 * @module
 */

/** Writes the text beside the file, and renames it to `path`. */
export async function replaceFile(path: string, text: string, mode?: number): Promise<void> {
  await Deno.writeTextFile(`${path}.draft`, text);
  if (mode !== undefined) await Deno.chmod(`${path}.draft`, mode);
  await Deno.rename(`${path}.draft`, path);
}
