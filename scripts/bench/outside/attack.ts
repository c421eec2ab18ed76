/**
 * What clients do to a server that nobody should (`node/attack.mjs`), held for as long as it is wanted.
 *
 * @module
 */

import { startNode } from "./node_program.ts";
import type { RunningServer } from "./servers.ts";

/** What they do. */
export interface Attack {
  readonly attack:
    | "idle TCP"
    | "idle TLS"
    | "half a ClientHello"
    | "half a head"
    | "unfinished bodies"
    | "large headers"
    | "open streams"
    /** Goes on, so many at a time. */
    | "handshakes";
  readonly count: number;
  /** Of each body or header. */
  readonly bytes?: number;
}

/** Starts it, and waits until all is under way. */
export async function startAttack(server: RunningServer, attack: Attack): Promise<() => Promise<void>> {
  const ca = await Deno.readTextFile(server.caFile);
  const program = startNode("attack.mjs", { url: server.url, ca, ...attack });
  await program.next();
  return () => program.end();
}
