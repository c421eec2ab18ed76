/**
 * The TLS listener, whose certificate can change while it serves.
 *
 * Deno.serve keeps the certificate it started with, so a new certificate means a second listener on the same port; the
 * first one then finishes what it has.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../errors.ts";
import type { Secret } from "../secret.ts";

/** Where to listen, and what to present. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether another process of the same user may listen there, too; the kernel deals out the connections. */
  readonly sharePort?: boolean;
  readonly certPem: string;
  readonly keyPem: Secret;
}

/** The port cannot be listened on. */
export class ListenError extends RamAuthError {
  readonly code = "ERR_LISTEN";
}

/** A listener that can change its certificate. */
export interface TlsListener {
  readonly port: number;
  /** Presents another certificate to new connections; requests in flight finish under the old one. */
  present(pair: Pick<ListenOptions, "certPem" | "keyPem">): void;
  /** Takes no new connections and waits for requests in flight, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws {ListenError} if the port is taken, or the certificate does not fit its key
 */
export function listenTls(
  { hostname, port, sharePort = false, ...pair }: ListenOptions,
  handler: (request: Request) => Promise<Response>,
): TlsListener {
  if (!sharePort) assertFree(hostname, port);
  const serve = (onPort: number, { certPem, keyPem }: Pick<ListenOptions, "certPem" | "keyPem">) =>
    listening(hostname, onPort, () =>
      Deno.serve({
        hostname,
        port: onPort,
        cert: certPem,
        key: keyPem.reveal(),
        reusePort: true,
        onListen: () => {},
      }, handler));
  let current = serve(port, pair);
  const retired = new Set<Promise<void>>();
  const settled = current.addr.port;
  return {
    port: settled,
    present(next) {
      const old = current;
      current = serve(settled, next);
      const drained = old.shutdown().finally(() => retired.delete(drained));
      retired.add(drained);
    },
    async stop(drainMs) {
      await withinOrNot(Promise.all([current.shutdown(), ...retired]), drainMs);
    },
  };
}

/** Starts the plain HTTP listener of health checks, on loopback alone. */
export function listenPlain(
  port: number,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const hostname = "127.0.0.1";
  return listening(hostname, port, () => Deno.serve({ hostname, port, onListen: () => {} }, handler));
}

/** Sharing the port is for our own listeners: another server that is there already must not share it unasked. */
function assertFree(hostname: string, port: number): void {
  if (port !== 0) listening(hostname, port, () => Deno.listen({ hostname, port }).close());
}

function listening<T>(hostname: string, port: number, listen: () => T): T {
  try {
    return listen();
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "another process listens there; stop it, or choose another port"
      : messageOf(cause);
    throw new ListenError(`Cannot listen on "${hostname}:${port}": ${why}`, { cause });
  }
}

async function withinOrNot(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, limitMs));
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
