/**
 * Questions to the person at the terminal. Never on standard output, which belongs to the answer.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { readLine } from "../read_line.ts";
import type { Output, World } from "../world.ts";

/**
 * Makes sure that there is somebody to ask.
 *
 * @param words `what` would be done, how that is said `withoutQuestion`, and what a dry run `shows`
 * @throws {UsageError} if standard input is not a terminal
 */
export function assertCanAsk(
  world: World,
  { what, withoutQuestion, shows }: { readonly what: string; readonly withoutQuestion: string; readonly shows: string },
): void {
  if (world.stdin.isTerminal) return;
  throw new UsageError(
    `Cannot ask whether to ${what}: standard input is not a terminal; give --prompt=false to ${withoutQuestion} without ` +
      `a question, or --dry-run to see ${shows}`,
  );
}

/** Asks a question that only "y" or "yes" answers with yes. Trust: whoever sits at the terminal answers. */
export async function confirm(world: World, question: string): Promise<boolean> {
  world.stderr.write(`${question} [y/N] `);
  return /^\s*y(es)?\s*$/i.test(await readLine(world));
}

/** Writes what is no reason to fail: the terminal may be gone, or whoever read has left. What was begun goes on. */
export function writeIfRead(output: Output, text: string): void {
  try {
    output.write(text);
  } catch {
    // Nobody reads it.
  }
}

/** Longest wait in milliseconds without a message. */
const PATIENCE_MS = 2_000;

/** Does the work, and says on a terminal what it waits for where that takes longer than two seconds. */
export async function sayWhenSlow<T>(
  world: Pick<World, "stderr">,
  { what, patienceMs = PATIENCE_MS }: { readonly what: string; readonly patienceMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const say = () => writeIfRead(world.stderr, `ram-auth: ${what} ...\n`);
  const timer = world.stderr.isTerminal ? setTimeout(say, patienceMs) : undefined;
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
