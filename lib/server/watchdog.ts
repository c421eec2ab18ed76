/**
 * The proof that the server lives, for a service manager that ends and restarts one that does not: told by the event
 * loop, which must turn for that, and as long as reviews can be answered.
 *
 * @module
 */

import { delay } from "../time.ts";
import type { Liveness } from "./liveness.ts";
import type { ServiceManager } from "./systemd.ts";

/** How often in the time that the server may stay silent: so its thread may be held for most of that. */
const TIMES = 6;

/** Tells the service manager that the server lives, while it does. Does nothing where no service manager waits for it. */
export function startWatchdog(manager: ServiceManager, liveness: Pick<Liveness, "fault">): AsyncDisposable {
  const stopping = new AbortController();
  const { watchdogMs } = manager;
  const watch = async (periodMs: number) => {
    while (!stopping.signal.aborted) {
      const next = delay(periodMs, stopping.signal);
      if (liveness.fault() === undefined) await manager.tell("WATCHDOG=1");
      await next;
    }
  };
  const watching = watchdogMs === undefined ? Promise.resolve() : watch(watchdogMs / TIMES);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}
