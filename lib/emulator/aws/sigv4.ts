/**
 * The algorithm AWS4-HMAC-SHA256 as a verifier computes it from a request that arrived. Written from the vendor's page
 * alone ("Create a signed AWS API request", IAM user guide): it shares no code with the signer under `clouds/`, so that
 * one mistake cannot be on both sides.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { ReceivedRequest } from "../request.ts";
import { sha256Hex } from "../sha256.ts";

/** The algorithm's name, as both forms of a signature and the string to sign give it. */
export const ALGORITHM = "AWS4-HMAC-SHA256";

/** What a signing key is good for: one day, one region, one service. */
export interface CredentialScope {
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Always `aws4_request` in what is accepted. */
  readonly terminator: string;
}

/** The text whose hash is signed. `signedHeaders` are lower-cased, sorted, and present in the request. */
export function canonicalRequest(
  request: ReceivedRequest,
  { query, signedHeaders }: { readonly query: string; readonly signedHeaders: readonly string[] },
): string {
  const headerLines = signedHeaders.map((name) => `${name}:${canonicalValue(request.headers.get(name) ?? "")}\n`);
  return [
    request.method,
    request.path,
    query,
    headerLines.join(""),
    signedHeaders.join(";"),
    sha256Hex(request.body),
  ].join("\n");
}

/** The text that is signed. `date` is the request's, `yyyymmddThhmmssZ`. */
export function stringToSign(canonical: string, { date, scope }: { date: string; scope: CredentialScope }): string {
  const scopeText = [scope.date, scope.region, scope.service, scope.terminator].join("/");
  return [ALGORITHM, date, scopeText, sha256Hex(canonical)].join("\n");
}

/** The signature: 64 lower-case hex digits. */
export function signatureOf(text: string, accessKeySecret: string, scope: CredentialScope): string {
  const key = [scope.date, scope.region, scope.service, scope.terminator].reduce<string | Uint8Array>(
    (secret, part) => createHmac("sha256", secret).update(part, "utf8").digest(),
    `AWS4${accessKeySecret}`,
  );
  return createHmac("sha256", key).update(text, "utf8").digest("hex");
}

/** No space at either end, and one where there are several. */
function canonicalValue(value: string): string {
  return value.trim().replace(/ +/g, " ");
}
