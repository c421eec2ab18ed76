/**
 * The closed grammar by which a stranger's token is read: what is not understood is refused, never passed over.
 *
 * @module
 */

import { malformed, payloadOf } from "../token_text.ts";
import { keyIdPattern } from "../signer.ts";
import { type JsonObject, type JsonValue, parseStrictJson } from "../../strict_json.ts";
import { EMPTY_BODY_SHA256, signedHeaderNames } from "./acs3.ts";
import {
  ACTION,
  API_VERSION,
  CLUSTER_ID_PARAMETER,
  KEY_FORM,
  signedHeaders,
  type SignedRequest,
  TOKEN_PREFIX,
} from "./token.ts";

const KEY_ID = keyIdPattern(KEY_FORM);
const AUTHORIZATION = new RegExp(
  `^ACS3-HMAC-SHA256 Credential=(${KEY_ID}),SignedHeaders=([a-z0-9;-]{1,256}),Signature=([0-9a-f]{64})$`,
);
/** No client's is longer; ack-ram-tool's has 33 characters. */
const USER_AGENT = /^[\x20-\x7e]{0,256}$/;
const SECURITY_TOKEN = /^[\x21-\x7e]{1,12288}$/;
const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const FIXED: Readonly<Record<string, string>> = {
  "x-acs-action": ACTION,
  "x-acs-content-sha256": EMPTY_BODY_SHA256,
  "x-acs-version": API_VERSION,
};
const HEADERS = [
  "Authorization",
  "user-agent",
  "x-acs-action",
  "x-acs-content-sha256",
  "x-acs-date",
  "x-acs-security-token",
  "x-acs-version",
];

/**
 * Reads a token.
 *
 * `clusterId`, `method`, `path` and `user-agent` are not signed. The first and the last are checked for form only; the
 * middle two may say nothing but what every client says.
 *
 * @throws {TokenError} `malformed` or `too_large`, on whatever is not understood
 */
export function parseToken(token: string): SignedRequest {
  const root = decode(token);
  onlyKeys(root, "the token", ["clusterId", "method", "path", "query", "headers"]);
  if (root.has("clusterId")) text(root, "clusterId");
  if (root.has("method") && text(root, "method") !== "POST") throw malformed('"method" is not "POST"');
  if (root.has("path") && text(root, "path") !== "/") throw malformed('"path" is not "/"');
  const query = object(root, "query");
  onlyKeys(query, '"query"', [CLUSTER_ID_PARAMETER]);
  const headers = object(root, "headers");
  onlyKeys(headers, '"headers"', HEADERS);
  if (headers.has("user-agent") && !USER_AGENT.test(text(headers, "user-agent"))) {
    throw malformed('"user-agent" is not printable ASCII, or has more than 256 characters');
  }
  for (const [name, want] of Object.entries(FIXED)) {
    if (text(headers, name) !== want) throw malformed(`"${name}" is not "${want}"`);
  }
  const securityToken = headers.has("x-acs-security-token") ? text(headers, "x-acs-security-token") : undefined;
  if (securityToken !== undefined && !SECURITY_TOKEN.test(securityToken)) {
    throw malformed('"x-acs-security-token" holds characters that no security token has');
  }
  const match = AUTHORIZATION.exec(text(headers, "Authorization"));
  if (match === null) throw malformed('"Authorization" is not in the format that clients write');
  const [, accessKeyId, names, signature] = match as unknown as [string, string, string, string];
  const request = {
    clusterId: text(query, CLUSTER_ID_PARAMETER),
    date: text(headers, "x-acs-date"),
    accessKeyId,
    securityToken,
    signature,
  };
  if (names !== signedHeaderNames(signedHeaders(request))) {
    throw malformed("the signature does not cover exactly the x-acs headers that are sent");
  }
  return request;
}

function decode(token: string): JsonObject {
  const base64 = payloadOf(token, TOKEN_PREFIX);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed("it is not standard base64");
  let value: JsonValue;
  try {
    const bytes = Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
    value = parseStrictJson(UTF_8.decode(bytes));
  } catch (cause) {
    throw malformed("it is not padded base64 of strict JSON in UTF-8", cause);
  }
  if (!(value instanceof Map)) throw malformed("it is not a JSON object");
  return value;
}

function onlyKeys(members: JsonObject, where: string, known: readonly string[]): void {
  for (const key of members.keys()) {
    if (!known.includes(key)) throw malformed(`${where} holds a member that no client writes`);
  }
}

function object(members: JsonObject, key: string): JsonObject {
  const value = members.get(key);
  if (!(value instanceof Map)) throw malformed(`"${key}" is missing or not an object`);
  return value;
}

function text(members: JsonObject, key: string): string {
  const value = members.get(key);
  if (typeof value !== "string") throw malformed(`"${key}" is missing or not text`);
  return value;
}
