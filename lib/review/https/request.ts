/**
 * The bytes of a request, made of parts of closed form: nothing in them can end a line, name another host or frame a body.
 *
 * @module
 */

/** A request, which can be sent again. */
export interface HttpsRequest {
  /** A name or an IPv4 address, with a port where it is not 443. */
  readonly host: string;
  readonly method: "GET" | "POST";
  /** Path and query. Trust: their values may be a stranger's choice. */
  readonly target: string;
  /** By lower-case names. Trust: their values may be a stranger's choice. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a POST; without it, it has none. Trust: it may hold a stranger's choice. */
  readonly body?: Uint8Array;
}

/** Where a request goes. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
  /** As the `host` header and messages write it: without the port where it is 443. */
  readonly host: string;
}

const NOTHING: Uint8Array = new Uint8Array();

const HOST = /^([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([1-9][0-9]{0,4}))?$/;
const TARGET = /^\/[\x21\x24-\x7e]*$/;
const HEADER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Headers that frame the exchange, which only {@linkcode formatRequest} writes. */
const FRAMING: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "content-length",
  "transfer-encoding",
  "accept-encoding",
  "expect",
  "te",
  "trailer",
  "upgrade",
]);

/**
 * Reads a host with an optional port.
 *
 * @throws {TypeError} if it has another form
 */
export function readAddress(host: string): Address {
  const [, hostname, port = "443"] = HOST.exec(host) ?? [];
  if (hostname === undefined || Number(port) > 65_535) throw new TypeError(`"${host}" is not a host`);
  return { hostname, port: Number(port), host: port === "443" ? hostname : `${hostname}:${port}` };
}

/**
 * Writes a request whose answer comes as it is, without compression.
 *
 * @throws {TypeError} if a part has another form; no part is in the message
 */
export function formatRequest(
  { host }: Address,
  { method, target, headers, body = NOTHING }: Omit<HttpsRequest, "host">,
): Uint8Array {
  if (!TARGET.test(target)) throw new TypeError("The target of the request is not a path with a query");
  let text = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || FRAMING.has(name)) throw new TypeError("A header of the request has a bad name");
    if (!HEADER_VALUE.test(value)) throw new TypeError(`The header "${name}" of the request has a bad value`);
    text += `${name}: ${value}\r\n`;
  }
  const length = method === "POST" ? `content-length: ${body.length}\r\n` : "";
  const head = new TextEncoder().encode(`${text}${length}accept-encoding: identity\r\n\r\n`);
  if (body.length === 0) return head;
  if (method !== "POST") throw new TypeError("A request that is no POST has a body");
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}
