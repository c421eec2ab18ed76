/**
 * Signs requests to STS with the vendor's own JavaScript package, so that neither our signer nor our judge is the
 * measure of the other.
 *
 * @module
 */

import openapi from "@alicloud/openapi-util";
import type { AlibabaPrincipal } from "../../../lib/emulator/alibaba/principals.ts";

/** SHA-256 of nothing, as every GetCallerIdentity request carries it. */
export const EMPTY_BODY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What to sign; the defaults are those of a token. */
export interface SignOptions {
  readonly date: string;
  readonly method?: "GET" | "POST";
  /** Default: `/`. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Added to the usual ones, or in their place. `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The body's hash as it is signed. Default: as the header says. */
  readonly payloadSha256?: string;
}

/** The headers of a request, signed by `signer`. */
export function signedHeaders(
  signer: Omit<AlibabaPrincipal, "identity">,
  { date, method = "POST", path = "/", query = {}, headers = {}, payloadSha256 }: SignOptions,
): Record<string, string> {
  const all = {
    "x-acs-action": "GetCallerIdentity",
    "x-acs-version": "2015-04-01",
    "x-acs-date": date,
    "x-acs-content-sha256": EMPTY_BODY_SHA256,
    "x-acs-security-token": signer.securityToken,
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]));
  const request = { method, pathname: path, query, headers: sent } as unknown as TeaRequest;
  const authorization = openapi.default.getAuthorization(
    request,
    "ACS3-HMAC-SHA256",
    payloadSha256 ?? all["x-acs-content-sha256"],
    signer.accessKeyId,
    signer.accessKeySecret,
  );
  return { ...sent, authorization };
}

type TeaRequest = Parameters<typeof openapi.default.getAuthorization>[0];
