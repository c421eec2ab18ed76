/**
 * Tokens for tests, put together member by member round a signature of the vendor's package.
 *
 * @module
 */

import { signedHeaders } from "../emulator/alibaba/independent_signer.ts";
import type { Keys, TokenOptions } from "./minted_token.ts";

/** A JSON object of a token. */
export type TokenObject = Record<string, unknown>;

/** The JSON of a token, as the real client writes it. */
export interface TokenJson extends TokenObject {
  clusterId?: unknown;
  method?: unknown;
  path?: unknown;
  query: TokenObject;
  headers: TokenObject;
}

/** A date as it is signed: `2026-11-22T12:00:00Z`. */
export function dateText(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** A valid token's JSON, signed by the vendor's package. `signed` replaces what is signed, headers and query. */
export function tokenJson(
  keys: Keys,
  { clusterId, now }: TokenOptions,
  signed: {
    readonly date?: string;
    readonly method?: "GET" | "POST";
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string | undefined>>;
  } = {},
): TokenJson {
  const query = signed.query ?? { ACKClusterId: clusterId };
  const { authorization, ...headers } = signedHeaders(keys, { date: dateText(now), ...signed, query });
  return {
    clusterId,
    method: signed.method ?? "POST",
    path: "/",
    query: { ...query },
    headers: { Authorization: authorization, "user-agent": "ack-ram-tool/unknown (linux/amd64)", ...headers },
  };
}

/** The token of any JSON text, well-formed or not. */
export function encodeToken(json: string | Uint8Array | TokenObject): string {
  const text = typeof json === "string" || json instanceof Uint8Array ? json : JSON.stringify(json);
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return `k8s-ack-v2.${bytes.toBase64()}`;
}

/** The JSON text of a token. */
export function decodeToken(token: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(token.slice(token.indexOf(".") + 1)));
}
