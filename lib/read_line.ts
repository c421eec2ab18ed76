/**
 * A line that a person types.
 *
 * @module
 */

import type { World } from "./world.ts";

/** Most UTF-16 units that are read: answers to our questions have a few. */
const MAX_LINE = 256;

/** Reads standard input up to the first line end, without it. Trust: whoever sits at the terminal types it. */
export async function readLine(world: World): Promise<string> {
  const reader = world.stdin.readable.getReader();
  const decoder = new TextDecoder();
  try {
    let line = "";
    while (!line.includes("\n") && line.length <= MAX_LINE) {
      const { done, value } = await reader.read();
      if (done) break;
      line += decoder.decode(value, { stream: true });
    }
    return line.split("\n", 1)[0]!;
  } finally {
    reader.releaseLock();
  }
}
