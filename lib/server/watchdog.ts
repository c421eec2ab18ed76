/**
 * The proof that the server lives, for a service manager that ends and restarts one that does not: it answers `/livez`,
 * as anybody else would ask it. A timer alone would prove that timers work.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { delay } from "../time.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServiceManager } from "./systemd.ts";

/** What to watch. */
export interface WatchdogOptions {
  readonly log: Log;
  /** The port of health checks on loopback. */
  readonly healthPort: number;
}

/**
 * Asks the server each half of the time that it may stay silent, and tells the service manager that it lives as often as
 * it answers within that half. Does nothing where no service manager waits for it.
 */
export function startWatchdog(
  manager: ServiceManager,
  { log, healthPort }: WatchdogOptions,
): AsyncDisposable {
  const stopping = new AbortController();
  const { watchdogMs } = manager;
  const watch = async (periodMs: number) => {
    while (!stopping.signal.aborted) {
      const next = delay(periodMs, stopping.signal);
      try {
        await demandAnswer(healthPort, AbortSignal.any([stopping.signal, AbortSignal.timeout(periodMs)]));
        await manager.tell("WATCHDOG=1");
      } catch (cause) {
        if (!stopping.signal.aborted) {
          log.error("the server does not answer its own health check", { why: messageOf(cause) });
        }
      }
      await next;
    }
  };
  const watching = watchdogMs === undefined ? Promise.resolve() : watch(watchdogMs / 2);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}

/** Ends with the signal, whatever becomes of the connection. */
async function demandAnswer(port: number, signal: AbortSignal): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port, signal });
  const givenUp = Promise.withResolvers<never>();
  const giveUp = () => givenUp.reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const asking = ask(connection);
    asking.catch(() => {});
    await Promise.race([asking, givenUp.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** Without `fetch`, which a proxy of the environment may send elsewhere. */
async function ask(connection: Deno.TcpConn): Promise<void> {
  const request = "GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = await new Response(connection.readable).text();
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(`/livez answered ${JSON.stringify(answer.slice(0, 40))}`);
}
