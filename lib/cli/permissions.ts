/**
 * The permissions of a process: a binary has one set baked in for all commands, and each gives up, for good and before
 * anything else, what it does not need. On the start-up path of `token`.
 *
 * @module
 */

import { commandNamed, type Need, splitCommandLine } from "./commands.ts";

const DESCRIPTORS: Readonly<Record<Need, Deno.PermissionDescriptor>> = {
  net: { name: "net" },
  write: { name: "write" },
  run: { name: "run" },
  osRelease: { name: "sys", kind: "osRelease" },
  userId: { name: "sys", kind: "uid" },
};

/**
 * Gives up whatever the command of this command line does not need; where there is none, such as in `help`, everything
 * but reading. Trust: whoever starts the process chose the arguments.
 */
export function keepNeeded(args: readonly string[]): void {
  const { word, rest } = splitCommandLine(args);
  const row = word === undefined ? undefined : commandNamed(word)?.row;
  const caches = rest.some((argument) => argument.startsWith("--cache")) || Deno.env.has("RAM_AUTH_CACHE");
  const needs = [...row?.needs ?? [], ...(caches ? row?.needsToCache ?? [] : [])];
  for (const [need, descriptor] of Object.entries(DESCRIPTORS)) {
    if (!needs.includes(need as Need)) Deno.permissions.revokeSync(descriptor);
  }
}
