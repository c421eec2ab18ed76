/**
 * Checksums in the form of `sha256sum`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename } from "node:path";

/** The line that `sha256sum -c` reads in the folder of the file. */
export async function checksumLine(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return `${hash.digest("hex")}  ${basename(path)}\n`;
}
