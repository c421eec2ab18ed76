/**
 * ACS3-HMAC-SHA256, Alibaba Cloud's signature V3, as far as a request without a body needs it.
 *
 * Source: "V3 request structure and signature", help.aliyun.com/document_detail/2593177.html.
 *
 * @module
 */

import type { Secret } from "../../secret.ts";

/** Name of the algorithm, as `Authorization` starts. */
export const ALGORITHM = "ACS3-HMAC-SHA256";

/** hex(sha256("")): `x-acs-content-sha256` of a request without a body. */
export const EMPTY_BODY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What is signed. Tokens leave the host out, so that the server can choose it. */
export interface SignableRequest {
  readonly method: "GET" | "POST";
  /** Of characters that are not encoded. Default: `/`. */
  readonly path?: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names: `x-acs-…`, and `host` where it is signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** `a;b;c`: the names that the signature covers, in order. */
export function signedHeaderNames(headers: Readonly<Record<string, string>>): string {
  return Object.keys(headers).sort().join(";");
}

/** Name-value pairs, RFC 3986 encoded, sorted by name: the canonical query, and the one to send. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

/** The canonical request of a request without a body. */
export function canonicalRequest({ method, path = "/", query, headers }: SignableRequest): string {
  const lines = Object.entries(headers).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => `${name}:${value.trim()}\n`).join("");
  return [method, path, canonicalQuery(query), lines, signedHeaderNames(headers), EMPTY_BODY_SHA256].join("\n");
}

/** The text that the signature is computed over. */
export async function stringToSign(request: SignableRequest): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalRequest(request)));
  return `${ALGORITHM}\n${new Uint8Array(digest).toHex()}`;
}

/** The signature: 64 lower-case hex digits. */
export async function sign(request: SignableRequest, accessKeySecret: Secret): Promise<string> {
  const encoder = new TextEncoder();
  const secret = encoder.encode(accessKeySecret.reveal());
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(await stringToSign(request)));
  return new Uint8Array(mac).toHex();
}

/** RFC 3986, section 2.3: everything but unreserved characters is encoded. `text` must be well-formed Unicode. */
function percentEncode(text: string): string {
  if (/^[A-Za-z0-9._~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
