/**
 * The text of an Alibaba Cloud token: `k8s-ack-v2.` and the padded base64 of a JSON object that describes a signed
 * request. A stranger's token is read in `token_parser.ts`.
 *
 * @module
 */

import { ALGORITHM, EMPTY_BODY_SHA256, signedHeaderNames } from "./acs3.ts";

/** How every token of this cloud starts. `k8s-ack-v1.` is retired, and refused like any unknown text. */
export const TOKEN_PREFIX = "k8s-ack-v2.";

/** The one STS action that a token may ask for. */
export const ACTION = "GetCallerIdentity";

/** The one version of the STS API. */
export const API_VERSION = "2015-04-01";

/** Access key ids: clients refuse to sign with, and the server to read, what has another form. */
export const KEY_FORM = { characters: "A-Za-z0-9._-", minLength: 1, maxLength: 128, temporaryPrefix: "STS." } as const;

/** The query parameter that binds a token to its cluster: the only one that the signature covers. */
export const CLUSTER_ID_PARAMETER = "ACKClusterId";

/** Everything in a token that means something; the rest of its text is fixed. Trust: a stranger chose every value. */
export interface SignedRequest {
  readonly clusterId: string;
  /** As signed: `2026-11-21T12:00:00Z`. */
  readonly date: string;
  readonly accessKeyId: string;
  readonly securityToken: string | undefined;
  /** 64 lower-case hex digits. */
  readonly signature: string;
}

/** The headers that a signature covers. */
export function signedHeaders(
  { date, securityToken }: Pick<SignedRequest, "date" | "securityToken">,
): Record<string, string> {
  return {
    "x-acs-action": ACTION,
    "x-acs-content-sha256": EMPTY_BODY_SHA256,
    "x-acs-date": date,
    ...(securityToken === undefined ? {} : { "x-acs-security-token": securityToken }),
    "x-acs-version": API_VERSION,
  };
}

/** The `Authorization` header; no space stands after its commas. */
export function authorization(request: SignedRequest): string {
  const names = signedHeaderNames(signedHeaders(request));
  return `${ALGORITHM} Credential=${request.accessKeyId},SignedHeaders=${names},Signature=${request.signature}`;
}

/** Writes a token, with the members in the order that ack-ram-tool writes them. */
export function formatToken(request: SignedRequest, userAgent: string): string {
  const json = JSON.stringify({
    clusterId: request.clusterId,
    method: "POST",
    path: "/",
    query: { [CLUSTER_ID_PARAMETER]: request.clusterId },
    headers: { Authorization: authorization(request), "user-agent": userAgent, ...signedHeaders(request) },
  });
  return TOKEN_PREFIX + new TextEncoder().encode(json).toBase64();
}
