/**
 * Questions to the person at the terminal. Never on standard output, which belongs to the answer.
 *
 * @module
 */

import { readLine } from "../read_line.ts";
import type { World } from "../world.ts";

/** Asks a question that only "y" or "yes" answers with yes. Trust: whoever sits at the terminal answers. */
export async function confirm(world: World, question: string): Promise<boolean> {
  world.stderr.write(`${question} [y/N] `);
  return /^\s*y(es)?\s*$/i.test(await readLine(world));
}
