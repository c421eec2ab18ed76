/**
 * Who issued the certificate that a host shows, for the words of a failure: whoever reads them may know their company's
 * CA by its name. Nothing is trusted here, and nothing is sent to the host.
 *
 * @module
 */

import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Socket } from "node:net";
import type { World } from "../world.ts";

/** A person waits for the message of a failure. */
const DEADLINE_MS = 2_000;

/** Largest answer of a proxy to CONNECT. */
const MAX_PROXY_ANSWER = 8_192;

/**
 * The issuer's common name, or its organization; `undefined` where it cannot be had.
 *
 * Trust: whoever answers at the address chose it
 */
export async function certificateIssuer(world: Pick<World, "env">, url: URL): Promise<string | undefined> {
  const done = Promise.withResolvers<string | undefined>();
  const give = (issuer: string | undefined) => done.resolve(issuer);
  const proxy = proxyFor(world);
  const [host, port] = [url.hostname.replace(/^\[(.*)\]$/, "$1"), Number(url.port || 443)];
  const socket = connect(
    proxy === undefined ? { host, port } : { host: proxy.hostname, port: Number(proxy.port || 80) },
  );
  const timer = setTimeout(() => give(undefined), DEADLINE_MS);
  socket.on("error", () => give(undefined)).on("close", () => give(undefined));
  const handshake = () => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const tls = connectTls({ socket, ...name, rejectUnauthorized: false }, () => {
      const { issuer } = tls.getPeerCertificate();
      const text = issuer?.CN ?? issuer?.O;
      give(typeof text === "string" ? text : undefined);
    });
    tls.on("error", () => give(undefined));
  };
  socket.on("connect", () => proxy === undefined ? handshake() : tunnel(socket, { host, port, proxy }, handshake));
  try {
    return await done.promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function tunnel(
  socket: Socket,
  { host, port, proxy }: { readonly host: string; readonly port: number; readonly proxy: URL },
  then: () => void,
): void {
  let answer = "";
  const hear = (chunk: Uint8Array) => {
    answer += new TextDecoder("latin1").decode(chunk);
    if (answer.length > MAX_PROXY_ANSWER) return void socket.destroy();
    if (!answer.includes("\r\n\r\n")) return;
    socket.off("data", hear);
    if (/^HTTP\/1\.[01] 2/.test(answer)) then();
    else socket.destroy();
  };
  socket.on("data", hear);
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = credentials === ":" ? "" : `proxy-authorization: Basic ${btoa(credentials)}\r\n`;
  socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nhost: ${host}:${port}\r\n${authorization}\r\n`);
}

/** The proxy that is named, whether or not the host is exempt: then this one brings no issuer, which is no harm. */
function proxyFor(world: Pick<World, "env">): URL | undefined {
  const value = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"].map((name) => world.env(name)).find(Boolean);
  if (value === undefined) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
