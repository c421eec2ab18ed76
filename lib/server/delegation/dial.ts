/**
 * From the delegate's address to a TLS connection. By `node:tls`, because the TLS of `Deno` trusts the public CAs beside
 * those that it is given. That of Deno 2.7 does so under `node:tls`, too, so that the issuer is looked at once more.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { messageOf } from "../../errors.ts";
import type { Connect } from "../../review/https/client.ts";
import type { ByteStream } from "../../review/https/connection.ts";
import { causesOf, HttpsError } from "../../review/https/failure.ts";
import type { Address } from "../../review/https/request.ts";
import { createResolver } from "../../review/https/resolve.ts";
import { processTimers, startDeadline } from "../../time.ts";
import { type DelegateAccess, ownCertificateAsCa } from "./access.ts";

/** How long one address may take where the host has others. */
const ADDRESS_MS = 1_000;

const ALPN = "http/1.1";
const IPV4 = /^[0-9.]+$/;
const NOTHING: Uint8Array = new Uint8Array();

/** Makes what connects to the delegate: directly, whatever proxy the environment names for STS. */
export function createDelegateDial(
  { caCerts, clientCertificate }: Pick<DelegateAccess, "caCerts" | "clientCertificate">,
): Connect {
  const resolve = createResolver(processTimers);
  const authorities = caCerts.map((pem) => new X509Certificate(pem));
  const trust = {
    ca: [...caCerts],
    ALPNProtocols: [ALPN],
    ...(clientCertificate && { cert: clientCertificate.certPem, key: clientCertificate.keyPem.reveal() }),
  };

  const secure = async (ip: string, address: Address, signal: AbortSignal): Promise<TLSSocket> => {
    signal.throwIfAborted();
    const { hostname, port, host } = address;
    const name = IPV4.test(hostname) ? {} : { servername: hostname };
    const socket = connect({ host: ip, port, ...name, ...trust });
    const { promise, resolve: done, reject: fail } = Promise.withResolvers<void>();
    // Stays, because an error that nobody hears ends the process.
    socket.on("error", fail);
    socket.once("secureConnect", done);
    socket.once("close", () => fail(new Error("the connection was closed")));
    const giveUp = () => fail(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await promise;
      // Deno 2.7 is connected after a handshake that failed, too; only, nobody has shown a certificate then.
      const { raw }: { readonly raw?: Uint8Array } = socket.getPeerCertificate() ?? {};
      if (raw === undefined) {
        const why = ownCertificateAsCa({ address, caCerts });
        if (why !== undefined) throw new HttpsError("tls", host, why);
        throw new Error("its certificate is not accepted");
      }
      const leaf = new X509Certificate(raw);
      if (!authorities.some((authority) => leaf.checkIssued(authority) && leaf.verify(authority.publicKey))) {
        throw new Error("its certificate was not issued by a CA of the kubeconfig");
      }
      socket.setNoDelay(true);
      return socket;
    } catch (cause) {
      socket.destroy();
      if (signal.aborted) throw signal.reason;
      throw failureOf(cause, host);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  };

  return async (address, signal) => {
    const addresses = await lookUp(address, signal);
    for (const [place, ip] of addresses.entries()) {
      const isLast = place === addresses.length - 1;
      using turn = isLast ? undefined : startDeadline(signal, ADDRESS_MS);
      try {
        return streamOf(await secure(ip, address, turn?.signal ?? signal));
      } catch (failure) {
        if (isLast || signal.aborted) throw failure;
      }
    }
    throw new TypeError("There is no address");
  };

  async function lookUp({ hostname, host }: Address, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await resolve(hostname, signal);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      const why = `its name cannot be resolved: ${causesOf(cause)}; check DNS on this machine`;
      throw new HttpsError("dns", host, why, { cause });
    }
  }
}

function failureOf(cause: unknown, host: string): HttpsError {
  if (cause instanceof HttpsError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") {
    return new HttpsError("refused", host, "it refuses connections; check that it runs, and the port", { cause });
  }
  const why =
    `no TLS connection: ${messageOf(cause)}; check its certificate, which a CA of the kubeconfig itself must ` +
    'have issued for the name in "server", and the client certificate';
  return new HttpsError("tls", host, why, { cause });
}

/** A socket as a stream that is read when somebody asks; until then the other end waits. */
function streamOf(socket: TLSSocket): ByteStream {
  const chunks: AsyncIterator<Uint8Array> = socket[Symbol.asyncIterator]();
  let rest = NOTHING;
  return {
    async read(into) {
      if (rest.length === 0) {
        const { done, value } = await chunks.next();
        if (done) return null;
        rest = value;
      }
      const length = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      return length;
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (failure) => failure ? reject(failure) : resolve(bytes.length));
      }),
    close: () => void socket.destroy(),
  };
}
