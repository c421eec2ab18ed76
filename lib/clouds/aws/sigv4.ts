/**
 * AWS Signature Version 4 of requests to STS, in the query and in headers, on WebCrypto. On the start-up path of
 * `token`.
 *
 * Source: "Create a signed AWS API request", docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 *
 * @module
 */

import type { Secret } from "../../secret.ts";
import type { Credentials } from "../signer.ts";
import { ALGORITHM, credentialScope, percentEncode } from "./token.ts";

/** hex(sha256("")), which spares a token the time to compute it. */
const EMPTY_BODY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What is signed: a request to `/`. */
export interface SignableRequest {
  readonly method: "GET" | "POST";
  /** Not encoded. */
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names, `host` among them; all are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** When and where a signature is good. */
export interface Scope {
  /** `20261121T120000Z`. */
  readonly date: string;
  readonly region: string;
}

/** A date as signatures write it. */
export function signatureDate(date: Date): string {
  return `${date.toISOString().slice(0, "yyyy-mm-ddThh:mm:ss".length).replaceAll("-", "").replaceAll(":", "")}Z`;
}

/** `a;b;c`: the names that the signature covers, in order. */
export function signedHeaderNames(headers: Readonly<Record<string, string>>): string {
  return Object.keys(headers).sort().join(";");
}

/** The request as STS puts it together too. */
export async function canonicalRequest({ method, query, headers, body }: SignableRequest): Promise<string> {
  const pairs = sorted(query).map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
  const lines = sorted(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  return [method, "/", pairs, lines, signedHeaderNames(headers), body === "" ? EMPTY_BODY_SHA256 : await sha256(body)]
    .join("\n");
}

/** The text that the signature is computed over. */
export async function stringToSign(request: SignableRequest, scope: Scope): Promise<string> {
  return [ALGORITHM, scope.date, credentialScope(scope), await sha256(await canonicalRequest(request))].join("\n");
}

/** The key of one day, region and service, made from the secret one. */
export async function signingKey(secretAccessKey: Secret, scope: Scope): Promise<Uint8Array<ArrayBuffer>> {
  let key: Uint8Array<ArrayBuffer> = new TextEncoder().encode(`AWS4${secretAccessKey.reveal()}`);
  for (const part of credentialScope(scope).split("/")) key = await hmac(key, part);
  return key;
}

/** The signature: 64 lower-case hex digits. */
export async function sign(request: SignableRequest, scope: Scope, secretAccessKey: Secret): Promise<string> {
  const [key, text] = await Promise.all([signingKey(secretAccessKey, scope), stringToSign(request, scope)]);
  return (await hmac(key, text)).toHex();
}

/** The headers to send with a request that is signed in its headers: its own, the date, the token, the signature. */
export async function headersWithSignature(
  request: SignableRequest,
  scope: Scope,
  { accessKeyId, accessKeySecret, securityToken }: Credentials,
): Promise<Record<string, string>> {
  const headers = {
    ...request.headers,
    "x-amz-date": scope.date,
    ...(securityToken === undefined ? {} : { "x-amz-security-token": securityToken.reveal() }),
  };
  const signature = await sign({ ...request, headers }, scope, accessKeySecret);
  const authorization = `${ALGORITHM} Credential=${accessKeyId}/${credentialScope(scope)}, ` +
    `SignedHeaders=${signedHeaderNames(headers)}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1);
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text)));
}
