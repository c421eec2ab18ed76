/**
 * A token or an ARN that a command was given to look at: as its argument, or on standard input.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { readBodyCapped } from "../../http.ts";
import type { World } from "../../world.ts";
import { STANDARD_INPUT } from "../mappings/read_sources.ts";

/** Most bytes of standard input that are read; a longer text is neither a token nor an ARN. */
const MAX_INPUT_BYTES = 65_536;

/**
 * The text without white space round it; of an ExecCredential, as `ram-auth token` and its like print it, the token.
 *
 * Trust: whoever starts the process, or writes to it, chose the text.
 *
 * @param attempt starts the errors, which repeat nothing of the text: it may be a token
 * @throws {UsageError} if standard input is empty, or an ExecCredential has no token
 * @throws {BodyTooLargeError} if standard input is longer than any token
 */
export async function readGiven(
  world: World,
  given: string,
  { attempt, wanted }: { readonly attempt: string; readonly wanted: string },
): Promise<string> {
  const text = (given === STANDARD_INPUT ? await readInput(world) : given).trim();
  if (text === "" && given === STANDARD_INPUT) {
    throw new UsageError(`${attempt}: standard input is empty; pipe in ${wanted}`);
  }
  return text.startsWith("{") ? tokenOf(text, attempt) : text;
}

async function readInput(world: World): Promise<string> {
  return new TextDecoder().decode(await readBodyCapped(world.stdin.readable, MAX_INPUT_BYTES));
}

function tokenOf(text: string, attempt: string): string {
  let credential: { kind?: unknown; status?: { token?: unknown } | null } | undefined;
  try {
    credential = JSON.parse(text);
  } catch {
    // The cause is dropped: it quotes the text, which may hold a token.
  }
  const token = credential?.kind === "ExecCredential" ? credential.status?.token : undefined;
  if (typeof token === "string" && token !== "") return token;
  throw new UsageError(
    `${attempt}: the JSON is no ExecCredential with a token in "status"; give what "ram-auth token" prints, or the token alone`,
  );
}
