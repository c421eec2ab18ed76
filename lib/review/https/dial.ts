/**
 * From a host name to a TLS connection that is ready for a request, through a proxy where one is configured.
 *
 * @module
 */

import { caAsServer, isCaAsServer } from "../../trust.ts";
import { startDeadline } from "../../time.ts";
import { causesOf, HttpsError } from "./failure.ts";
import { type FindProxy, openTunnel, type Proxy } from "./proxy.ts";
import type { Address } from "./request.ts";
import type { Resolve } from "./resolve.ts";

/** The one protocol that is spoken. */
const ALPN = "http/1.1";

/** How long one address may take to accept a connection where the host has others. */
const ADDRESS_MS = 1_000;

/** How connections are made. */
export interface DialOptions {
  /** PEM texts of roots that are trusted beside the public ones. */
  readonly caCerts: readonly string[];
  readonly findProxy: FindProxy;
  readonly resolve: Resolve;
}

/**
 * Connects.
 *
 * @throws {HttpsError} if that fails
 * @throws the signal's reason, as soon as it aborts; nothing is left open then
 */
export async function dial(address: Address, options: DialOptions, signal: AbortSignal): Promise<Deno.TlsConn> {
  const proxy = options.findProxy(address.hostname);
  let open: Deno.Conn = await connect(address, { proxy, resolve: options.resolve }, signal);
  const close = () => closeQuietly(open);
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    if (proxy !== undefined) await tunnel(open, address, proxy);
    // A signal that aborts in between finds the connection closed, so that this throws.
    open = await secure(open as Deno.TcpConn, address, options);
    signal.throwIfAborted();
    return open as Deno.TlsConn;
  } catch (failure) {
    close();
    throw signal.aborted ? signal.reason : failure;
  } finally {
    signal.removeEventListener("abort", close);
  }

  async function secure(tcp: Deno.TcpConn, { hostname, host }: Address, { caCerts }: DialOptions) {
    try {
      const tls = await Deno.startTls(tcp, { hostname, caCerts: [...caCerts], alpnProtocols: [ALPN] });
      open = tls;
      signal.throwIfAborted();
      const { alpnProtocol } = await tls.handshake();
      if (alpnProtocol !== null && alpnProtocol !== ALPN) throw new Error(`the server chose "${alpnProtocol}"`);
      return tls;
    } catch (cause) {
      const text = causesOf(cause);
      throw new HttpsError("tls", host, `no TLS connection: ${text}; ${adviceOnTls(text)}`, { cause });
    }
  }
}

async function connect(
  { hostname, port, host }: Address,
  { proxy, resolve }: { readonly proxy: Proxy | undefined; readonly resolve: Resolve },
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  let addresses: readonly string[] | undefined;
  try {
    addresses = await resolve(proxy?.hostname ?? hostname, signal);
    const connection = await connectToOne(addresses, proxy?.port ?? port, signal);
    connection.setNoDelay(true);
    // Deno 2.9 keeps the socket of a TLS connection that is closed in its handshake until the other end is gone.
    connection.setKeepAlive(true);
    return connection;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const text = causesOf(cause);
    if (proxy !== undefined) {
      const why = `no connection to the proxy "${proxy.shown}": ${text}; check HTTPS_PROXY and NO_PROXY`;
      throw new HttpsError("proxy", host, why, { cause });
    }
    if (addresses === undefined) {
      throw new HttpsError("dns", host, `its name cannot be resolved: ${text}; check DNS on this machine`, { cause });
    }
    if (cause instanceof Deno.errors.ConnectionRefused) {
      throw new HttpsError("refused", host, `it refuses connections: ${text}; check the host, its port and firewalls`, {
        cause,
      });
    }
    throw new HttpsError("unreachable", host, `no connection: ${text}; check the network and firewalls`, { cause });
  }
}

/** The first address that takes a connection; one that takes none must not keep the next from being tried. */
async function connectToOne(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Deno.TcpConn> {
  for (const [place, hostname] of addresses.entries()) {
    const isLast = place === addresses.length - 1;
    using turn = isLast ? undefined : startDeadline(signal, ADDRESS_MS);
    try {
      return await Deno.connect({ hostname, port, signal: turn?.signal ?? signal });
    } catch (failure) {
      if (isLast || signal.aborted) throw failure;
    }
  }
  throw new TypeError("There is no address");
}

async function tunnel(connection: Deno.Conn, address: Address, proxy: Proxy): Promise<void> {
  try {
    await openTunnel(connection, address, proxy);
  } catch (cause) {
    const why = `no tunnel through the proxy "${proxy.shown}": ${causesOf(cause)}`;
    throw new HttpsError("proxy", address.host, why, { cause });
  }
}

/** What to do about a handshake that failed, by the text of rustls. */
function adviceOnTls(text: string): string {
  if (isCaAsServer(text)) return caAsServer("--sts-ca-file");
  if (/UnknownIssuer|BadSignature/.test(text)) {
    return "if a private CA or a proxy that opens TLS stands between, name its CA bundle in --sts-ca-file";
  }
  if (/NotValidForName|not valid for name/.test(text)) {
    return "something else answers at this address: check DNS and the endpoint";
  }
  if (/expired|not ?valid ?yet/i.test(text)) return "check the clock of this machine and the server's certificate";
  return "check what stands between this machine and the server";
}

/** Closes what may have been closed already. */
export function closeQuietly(connection: Pick<Deno.Conn, "close">): void {
  try {
    connection.close();
  } catch (failure) {
    if (!(failure instanceof Deno.errors.BadResource)) throw failure;
  }
}
