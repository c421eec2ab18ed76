/**
 * Names by which a client reaches the server, in one spelling. A certificate and a URL each write DNS names, IPv4 and
 * IPv6 addresses in their own way; this module owns the difference.
 *
 * @module
 */

import { UsageError } from "../errors.ts";

/** Longest DNS name in characters (RFC 1035, section 2.3.4, less the root's dot). */
const MAX_DNS_NAME_CHARS = 253;

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
const IPV6_CHARACTERS = /^[0-9a-f.]*:[0-9a-f:.]+$/i;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A DNS name in lower case, or an IP address in its shortest form, so that equal hosts have equal texts. */
export interface Host {
  readonly kind: "dns" | "ip";
  readonly text: string;
}

/**
 * Reads a host as it is in an option, without brackets.
 *
 * @throws {UsageError} if it is neither a DNS name nor an IP address
 */
export function parseHost(text: string): Host {
  if (IPV4.test(text)) return { kind: "ip", text };
  if (IPV6_CHARACTERS.test(text) && URL.canParse(`https://[${text}]`)) {
    return { kind: "ip", text: new URL(`https://[${text}]`).hostname.slice(1, -1) };
  }
  const labels = text.split(".");
  const endsInNumber = /^\d+$/.test(labels.at(-1)!);
  if (text.length <= MAX_DNS_NAME_CHARS && labels.every((label) => DNS_LABEL.test(label)) && !endsInNumber) {
    return { kind: "dns", text: text.toLowerCase() };
  }
  throw new UsageError(
    `Cannot use host "${text}": it is neither a DNS name nor an IP address; write one, such as "localhost" or "::1"`,
  );
}

/** A host and its port as URLs and logs write them: IPv6 in brackets. `host` is without. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
