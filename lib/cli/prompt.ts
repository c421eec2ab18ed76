/**
 * Questions to the person at the terminal. Never on standard output, which belongs to the answer.
 *
 * @module
 */

import type { World } from "../world.ts";

/** Most UTF-16 units of an answer that are read. */
const MAX_ANSWER = 256;

/** Asks a question that only "y" or "yes" answers with yes. Trust: whoever sits at the terminal answers. */
export async function confirm(world: World, question: string): Promise<boolean> {
  world.stderr.write(`${question} [y/N] `);
  return /^\s*y(es)?\s*$/i.test(await readLine(world));
}

async function readLine(world: World): Promise<string> {
  const reader = world.stdin.readable.getReader();
  const decoder = new TextDecoder();
  try {
    let line = "";
    while (!line.includes("\n") && line.length <= MAX_ANSWER) {
      const { done, value } = await reader.read();
      if (done) break;
      line += decoder.decode(value, { stream: true });
    }
    return line.split("\n", 1)[0]!;
  } finally {
    reader.releaseLock();
  }
}
