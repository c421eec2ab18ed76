/**
 * The algorithm ACS3-HMAC-SHA256 as a verifier computes it from a request that arrived. Written from the vendor's page
 * alone (help.aliyun.com/document_detail/2593177.html): it shares no code with the signer under `clouds/`, so that one
 * mistake cannot be on both sides.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { ReceivedRequest } from "../request.ts";
import { sha256Hex } from "../sha256.ts";

/** The algorithm's name, first in `Authorization` and in the string to sign. */
export const ALGORITHM = "ACS3-HMAC-SHA256";

/** The text whose hash is signed. `signedHeaders` are lower-cased, sorted, and present in the request. */
export function canonicalRequest(
  request: ReceivedRequest,
  { query, signedHeaders }: { readonly query: string; readonly signedHeaders: readonly string[] },
): string {
  const headerLines = signedHeaders.map((name) => `${name}:${request.headers.get(name)?.trim()}\n`);
  return [
    request.method,
    request.path,
    query,
    headerLines.join(""),
    signedHeaders.join(";"),
    sha256Hex(request.body),
  ].join("\n");
}

/**
 * Reads a query: names and values, decoded.
 *
 * A plus sign arrives as a space, as in a form. A name that stands twice has no defined order in the canonical form, so
 * it is malformed here.
 *
 * @returns `undefined` if the query is malformed
 */
export function parseQuery(rawQuery: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const pair of rawQuery === "" ? [] : rawQuery.split("&")) {
    const [, rawName = "", rawValue = ""] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    const name = percentDecode(rawName);
    const value = percentDecode(rawValue);
    if (name === undefined || name === "" || value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

/**
 * Brings the query of a request into the one form that is signed: decoded, sorted by name, encoded by RFC 3986.
 *
 * @returns `undefined` if the query is malformed
 */
export function canonicalQuery(rawQuery: string): string | undefined {
  const parameters = parseQuery(rawQuery);
  return parameters && [...parameters]
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join("&");
}

/** The text that is signed. */
export function stringToSign(canonical: string): string {
  return `${ALGORITHM}\n${sha256Hex(canonical)}`;
}

/** The signature: 64 lower-case hex digits. */
export function signatureOf(text: string, accessKeySecret: string): string {
  return createHmac("sha256", accessKeySecret).update(text, "utf8").digest("hex");
}

/** RFC 3986, section 2.3: these stand for themselves, every other byte is `%XX` in upper case. */
const UNRESERVED = /[A-Za-z0-9\-._~]/;

function percentEncode(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** `undefined` for a lone `%`, digits that are not hex, and bytes that are not UTF-8. */
function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
