/**
 * Signs requests to AWS's STS, well or badly on purpose: whatever a caller sets is signed as it is. Shares no code with
 * the judge; the vectors of botocore and the vendor's own client vouch for both.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";
import type { AwsPrincipal } from "../../../lib/emulator/aws/principals.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";

/** What to sign; the defaults are those of a token. */
export interface Signing {
  /** `yyyymmddThhmmssZ` */
  readonly date: string;
  readonly host?: string;
  readonly method?: string;
  readonly path?: string;
  /** Parameters of the query, in place of the action's. */
  readonly query?: Parameters;
  /** Headers to send and sign beside `host`, or in its place. `undefined` leaves one out. */
  readonly headers?: Parameters;
  readonly body?: string;
  /** Names of the signed headers, in place of all of them, sorted. */
  readonly names?: readonly string[];
  /** Date, region, service and terminator, joined by slashes. */
  readonly scope?: string;
}

/** Names and values. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** The parameters of the action that a token asks for. */
export const GET_CALLER_IDENTITY = { Action: "GetCallerIdentity", Version: "2011-06-15" };

type Keys = Omit<AwsPrincipal, "identity">;

/** A request that carries its signature in the query; `query` may replace what the signature says of itself. */
export function presigned(keys: Keys, signing: Signing): ReceivedRequest {
  const { date, query = {} } = signing;
  const headers = present({ host: "sts.amazonaws.com", ...signing.headers, ...hostOf(signing) });
  const names = signing.names ?? Object.keys(headers).sort();
  const scope = scopeOf(signing);
  const parameters = present({
    ...GET_CALLER_IDENTITY,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${keys.accessKeyId}/${scope}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": names.join(";"),
    "X-Amz-Security-Token": keys.securityToken,
    ...query,
  });
  const signature = sign(keys, { ...signing, headers, names, scope, query: parameters });
  return received(signing, { query: { ...parameters, "X-Amz-Signature": signature }, headers });
}

/** A request that carries its signature in `Authorization`. */
export function headerSigned(keys: Keys, signing: Signing): ReceivedRequest {
  const headers = present({
    host: "sts.amazonaws.com",
    "x-amz-date": signing.date,
    "x-amz-security-token": keys.securityToken,
    ...signing.headers,
    ...hostOf(signing),
  });
  const names = signing.names ?? Object.keys(headers).sort();
  const scope = scopeOf(signing);
  const query = present(signing.query ?? (signing.body === undefined ? GET_CALLER_IDENTITY : {}));
  const signature = sign(keys, { ...signing, headers, names, scope, query });
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return received(signing, { query, headers: { ...headers, authorization } });
}

/** A form to POST, signed in `Authorization`. */
export function signedForm(keys: Keys, parameters: Parameters, signing: Signing): ReceivedRequest {
  return headerSigned(keys, {
    method: "POST",
    body: new URLSearchParams({ Version: "2011-06-15", ...present(parameters) }).toString(),
    ...signing,
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...signing.headers },
  });
}

/** The query's text, encoded by RFC 3986 in the order of its names. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  const encode = (text: string) =>
    Array.from(new TextEncoder().encode(text), (byte) => {
      const sign = String.fromCharCode(byte);
      return /[\w.~-]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }).join("");
  return Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join("&");
}

function sign(
  { accessKeySecret }: Keys,
  { date, method = "GET", path = "/", query, headers, body = "", names, scope }: Signing & {
    readonly query: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly names: readonly string[];
    readonly scope: string;
  },
): string {
  const lines = names.map((name) => `${name}:${headers[name] ?? ""}\n`).join("");
  const canonical = `${method}\n${path}\n${encodeQuery(query)}\n${lines}\n${names.join(";")}\n${sha256(body)}`;
  let key: string | Uint8Array = `AWS4${accessKeySecret}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  return createHmac("sha256", key).update(text).digest("hex");
}

function received(
  { method = "GET", path = "/", body = "" }: Signing,
  { query, headers }: { readonly [part in "query" | "headers"]: Readonly<Record<string, string>> },
): ReceivedRequest {
  return {
    method,
    path,
    query: encodeQuery(query),
    headers: new Headers(headers),
    body: new TextEncoder().encode(body),
  };
}

function scopeOf({ date, scope }: Signing): string {
  return scope ?? `${date.slice(0, 8)}/us-east-1/sts/aws4_request`;
}

function hostOf({ host }: Signing): Parameters {
  return host === undefined ? {} : { host };
}

function present(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
