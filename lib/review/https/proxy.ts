/**
 * Which proxy leads to a host, by the variables that `fetch` of Deno follows, and how it is asked for a tunnel.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { Secret } from "../../secret.ts";
import type { World } from "../../world.ts";
import type { Address } from "./request.ts";

/** Most bytes of a proxy's answer to CONNECT. */
const MAX_ANSWER_BYTES = 8_192;

/** The first that is set counts. */
const PROXY_VARIABLES = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"];
const EXEMPT_VARIABLES = ["NO_PROXY", "no_proxy"];

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** A proxy that speaks HTTP. */
export interface Proxy {
  readonly hostname: string;
  readonly port: number;
  /** For messages: host and port, without credentials. */
  readonly shown: string;
  /** The value of `proxy-authorization`. */
  readonly authorization: Secret | undefined;
}

/** Finds the proxy to a host; `undefined` where there is none. */
export type FindProxy = (hostname: string) => Proxy | undefined;

/**
 * Reads the variables, once.
 *
 * @throws {UsageError} if a proxy is named that cannot be used: passing it by would break a rule of the network
 */
export function readProxies(world: Pick<World, "env">): FindProxy {
  const variable = PROXY_VARIABLES.find((name) => world.env(name));
  if (variable === undefined) return () => undefined;
  const proxy = parseProxy(variable, world.env(variable)!);
  const exempt = EXEMPT_VARIABLES.map((name) => world.env(name)).find((value) => value !== undefined) ?? "";
  const rules = exempt.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
  return (hostname) => rules.some((rule) => exempts(rule, hostname)) ? undefined : proxy;
}

/** The value may hold a password: no message repeats it. */
function parseProxy(variable: string, value: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" || url.hostname === "") {
    throw new UsageError(
      `Cannot use the proxy in ${variable}: calls to STS go through an HTTP proxy only; write it as ` +
        `"http://<host>:<port>", or exempt the STS hosts in NO_PROXY`,
    );
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || 80);
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    hostname,
    port,
    shown: `${url.hostname}:${port}`,
    authorization: credentials === ":"
      ? undefined
      : new Secret(`Basic ${new TextEncoder().encode(credentials).toBase64()}`),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A rule is `*`, a domain with all below it, an IPv4 address or an IPv4 network; hosts of STS are never IPv6. */
function exempts(rule: string, hostname: string): boolean {
  if (rule === "*") return true;
  const address = ipv4(hostname);
  if (address === undefined) {
    const domain = rule.replace(/^\./, "").toLowerCase();
    return hostname === domain || hostname.endsWith(`.${domain}`);
  }
  const [network = "", bits = "32"] = rule.split("/");
  const base = ipv4(network);
  if (base === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(base / size) === Math.floor(address / size);
}

function ipv4(text: string): number | undefined {
  const bytes = IPV4.exec(text)?.slice(1).map(Number);
  if (bytes === undefined || bytes.some((byte) => byte > 255)) return undefined;
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

/** The proxy gives no tunnel. Trust: of its answer, only the status is in the message. */
export class TunnelError extends Error {
  override readonly name = "TunnelError";
}

/**
 * Asks a proxy for a tunnel over a connection to it. Nothing behind its answer is read: the other end waits for us.
 *
 * @throws {TunnelError} if it refuses, or answers something else; whatever the connection throws
 */
export async function openTunnel(connection: Deno.Conn, { hostname, port }: Address, proxy: Proxy): Promise<void> {
  const authorization = proxy.authorization === undefined
    ? ""
    : `proxy-authorization: ${proxy.authorization.reveal()}\r\n`;
  const target = `${hostname}:${port}`;
  let request = new TextEncoder().encode(
    `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${authorization}\r\n`,
  );
  while (request.length > 0) request = request.subarray(await connection.write(request));
  const status = await readStatus(connection);
  if (status === 407) {
    throw new TunnelError(
      `it wants ${proxy.authorization === undefined ? "" : "other "}credentials (HTTP 407); write them as ` +
        '"http://<user>:<password>@<host>:<port>"',
    );
  }
  if (status < 200 || status > 299) {
    throw new TunnelError(`it refuses a tunnel with HTTP ${status}; allow the host there`);
  }
}

async function readStatus(connection: Deno.Conn): Promise<number> {
  const bytes = new Uint8Array(MAX_ANSWER_BYTES);
  let head = "";
  for (let length = 0; !head.includes("\r\n\r\n");) {
    const read = length === bytes.length ? null : await connection.read(bytes.subarray(length));
    if (read === null) throw new TunnelError("it answers CONNECT with something else than HTTP");
    length += read;
    head = String.fromCharCode(...bytes.subarray(0, length));
  }
  const [, status] = /^HTTP\/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n/.exec(head) ?? [];
  if (status === undefined) throw new TunnelError("it answers CONNECT with something else than HTTP");
  const isMore = head.indexOf("\r\n\r\n") + 4 < head.length;
  if (isMore && status.startsWith("2")) throw new TunnelError("it sends bytes that nobody asked for");
  return Number(status);
}
