/**
 * The closed grammar by which a stranger's token is read: what is not understood is refused, never passed over. It
 * judges the raw text, because the platform's `URL` mends much of what must be refused.
 *
 * @module
 */

import { malformed, payloadOf } from "../token_text.ts";
import { keyIdPattern } from "../signer.ts";
import {
  ACTION,
  ALGORITHM,
  API_VERSION,
  KEY_FORM,
  percentEncode,
  type PresignedRequest,
  SIGNED_HEADERS,
  TOKEN_PREFIX,
} from "./token.ts";

/** Longest life that a presigned URL may claim, in seconds, as STS sees it: 15 minutes. */
const MAX_EXPIRES_SECONDS = 900;

/** The host is judged against the table later; its own form is closed here. */
const URL_TEXT = /^https:\/\/([a-z0-9.-]{1,253}(?::[1-9][0-9]{0,4})?)\/\?([\x21-\x7e]+)$/;
const CREDENTIAL = new RegExp(
  `^(${keyIdPattern(KEY_FORM)})/([0-9]{8})/([a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2})/sts/aws4_request$`,
);
const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const SECURITY_TOKEN = /^[\x21-\x7e]+$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

/** Unreserved characters (RFC 3986, section 2.3), which stand for themselves, and the mark of an escape. */
const UNESCAPED = /^[A-Za-z0-9._~%-]*$/;

/** Every other character of ASCII, by the hex digits behind the mark. */
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    .filter((character) => percentEncode(character) !== character)
    .map((character) => [percentEncode(character).slice(1), character]),
);

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const FIXED: Readonly<Record<string, string>> = {
  Action: ACTION,
  Version: API_VERSION,
  "X-Amz-Algorithm": ALGORITHM,
  "X-Amz-SignedHeaders": SIGNED_HEADERS,
};
const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(FIXED),
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
]);

/**
 * Reads a token. Clients differ in the order of the parameters, and in nothing else.
 *
 * @throws {TokenError} `malformed` or `too_large`, on whatever is not understood
 */
export function parseToken(token: string): PresignedRequest {
  const [, host, query] = URL_TEXT.exec(decode(token)) ?? [];
  if (host === undefined || query === undefined) throw malformed("it is not the URL that clients write");
  const parameters = readQuery(query);
  for (const [name, want] of Object.entries(FIXED)) {
    if (parameters.get(name) !== want) throw malformed(`"${name}" is not "${want}"`);
  }
  const [, accessKeyId, scopeDate, region] = CREDENTIAL.exec(required(parameters, "X-Amz-Credential")) ?? [];
  if (accessKeyId === undefined || scopeDate === undefined || region === undefined) {
    throw malformed('"X-Amz-Credential" is not in the format that clients write');
  }
  const date = required(parameters, "X-Amz-Date");
  readDate(date);
  if (!date.startsWith(scopeDate)) throw malformed('"X-Amz-Credential" is of another day than "X-Amz-Date"');
  const expires = required(parameters, "X-Amz-Expires");
  if (!/^[1-9][0-9]{0,2}$/.test(expires) || Number(expires) > MAX_EXPIRES_SECONDS) {
    throw malformed(`"X-Amz-Expires" is not a number from 1 to ${MAX_EXPIRES_SECONDS}`);
  }
  const securityToken = parameters.get("X-Amz-Security-Token");
  if (securityToken !== undefined && !SECURITY_TOKEN.test(securityToken)) {
    throw malformed('"X-Amz-Security-Token" holds characters that no security token has');
  }
  const signature = required(parameters, "X-Amz-Signature");
  if (!SIGNATURE.test(signature)) throw malformed('"X-Amz-Signature" is not 64 lower-case hex digits');
  return { host, region, accessKeyId, date, expires, securityToken, signature };
}

/**
 * Reads the date of a signature: `20261121T120000Z`.
 *
 * @throws {TokenError} `malformed` if no clock shows it
 */
export function readDate(text: string): Date {
  const [year = 0, month = 0, day = 0, hour, minute, second] = (DATE.exec(text) ?? []).slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A field that no clock shows moves those above it.
  const isShown = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day &&
    date.getUTCHours() === hour && date.getUTCMinutes() === minute && date.getUTCSeconds() === second;
  if (!isShown) throw malformed('"X-Amz-Date" is not a canonical UTC time');
  return date;
}

function decode(token: string): string {
  const base64 = payloadOf(token, TOKEN_PREFIX);
  if (!/^[A-Za-z0-9_-]+$/.test(base64)) throw malformed("it is not URL-safe base64 without padding");
  const padded = base64 + "=".repeat((4 - base64.length % 4) % 4);
  try {
    return UTF_8.decode(Uint8Array.fromBase64(padded, { alphabet: "base64url", lastChunkHandling: "strict" }));
  } catch (cause) {
    throw malformed("it is not URL-safe base64 of text", cause);
  }
}

/** Every parameter is known, stands once, and is written in the one canonical way. */
function readQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0));
    if (!NAMES.has(name)) throw malformed("the URL holds a parameter that no client writes");
    if (parameters.has(name)) throw malformed(`"${name}" stands there twice`);
    const value = decodeValue(pair.slice(equals + 1));
    if (value === undefined) throw malformed(`"${name}" is not encoded as clients do`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Exactly one text encodes to each value, so whoever reads it after us reads the same. */
function decodeValue(encoded: string): string | undefined {
  const [start = "", ...rest] = encoded.split("%");
  let value = start;
  for (const part of rest) {
    const character = ESCAPES.get(part.slice(0, 2));
    if (character === undefined) return undefined;
    value += character + part.slice(2);
  }
  return UNESCAPED.test(encoded) ? value : undefined;
}

function required(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw malformed(`"${name}" is missing`);
  return value;
}
