/**
 * Signed requests to Alibaba Cloud's APIs, to be sent at once. Not on the start-up path of `token`.
 *
 * Source: "V3 request structure and signature", help.aliyun.com/document_detail/2593177.html.
 *
 * @module
 */

import type { OutgoingRequest } from "../../http.ts";
import type { JsonValue } from "../../strict_json.ts";
import { VERSION } from "../../version.ts";
import type { Credentials } from "../signer.ts";
import { ALGORITHM, canonicalQuery, EMPTY_BODY_SHA256, sign, type SignableRequest, signedHeaderNames } from "./acs3.ts";

/** An operation and its parameters. */
export interface ApiCall extends Pick<SignableRequest, "method" | "query"> {
  readonly path: string;
  readonly action: string;
  /** Of the API: `2015-04-01`. */
  readonly version: string;
  /** More headers to sign, by lower-case names; `host` among them is not sent by us. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** To whom and when a request is sent. */
export interface ApiCallContext {
  /** With a port where it is not 443. */
  readonly host: string;
  readonly now: Date;
}

/** The first part of an error code with parts: `InvalidAccessKeyId.NotFound`. */
export function errorFamily(code: JsonValue | undefined): string {
  return typeof code === "string" ? code.split(".", 1)[0]! : "";
}

/** Signs a request without a body. */
export async function buildApiCall(
  { method, path, action, version, query, headers: more = {} }: ApiCall,
  { accessKeyId, accessKeySecret, securityToken }: Credentials,
  { host, now }: ApiCallContext,
): Promise<OutgoingRequest> {
  const headers = {
    "x-acs-action": action,
    "x-acs-content-sha256": EMPTY_BODY_SHA256,
    "x-acs-date": now.toISOString().replace(/\.\d{3}Z$/, "Z"),
    ...(securityToken === undefined ? {} : { "x-acs-security-token": securityToken.reveal() }),
    "x-acs-version": version,
    ...more,
  };
  const signature = await sign({ method, path, query, headers }, accessKeySecret);
  const authorization = `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${signedHeaderNames(headers)},` +
    `Signature=${signature}`;
  const { host: _, ...sent } = { host, ...headers };
  return {
    url: `https://${host}${path}?${canonicalQuery(query)}`,
    method,
    headers: { ...sent, authorization, accept: "application/json", "user-agent": `ram-auth/${VERSION}` },
  };
}
