/**
 * The text of an AWS token: `k8s-aws-v1.` and the unpadded URL-safe base64 of a presigned URL. A stranger's token is
 * read in `token_parser.ts`. On the start-up path of `token`.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";

/** How every token of this cloud starts. */
export const TOKEN_PREFIX = "k8s-aws-v1.";

/** The one STS action that a token may ask for. */
export const ACTION = "GetCallerIdentity";

/** The one version of the STS API. */
export const API_VERSION = "2011-06-15";

/** The one algorithm of signatures. */
export const ALGORITHM = "AWS4-HMAC-SHA256";

/** The header that binds a token to its cluster. Signed, but never in the token: the server sends its own id. */
export const CLUSTER_ID_HEADER = "x-k8s-aws-id";

/** The headers that a signature covers. */
export const SIGNED_HEADERS = `host;${CLUSTER_ID_HEADER}`;

/** Everything in a token that means something; the rest of its text is fixed. Trust: a stranger chose every value. */
export interface PresignedRequest {
  /** With a port where it is not 443. Signed. */
  readonly host: string;
  /** The region of the credential scope. */
  readonly region: string;
  readonly accessKeyId: string;
  /** As signed: `20261121T120000Z`. */
  readonly date: string;
  /** Seconds in canonical decimal: `60`. STS does not look at it, but the signature covers it. */
  readonly expires: string;
  readonly securityToken: string | undefined;
  /** 64 lower-case hex digits. */
  readonly signature: string;
}

/** Access key ids: clients refuse to sign with, and the server to read, what has another form. */
export const KEY_FORM = { characters: "A-Za-z0-9", minLength: 16, maxLength: 128, temporaryPrefix: "ASIA" } as const;

/** What a signature is valid for: `<yyyymmdd>/<region>/sts/aws4_request`. */
export function credentialScope({ date, region }: Pick<PresignedRequest, "date" | "region">): string {
  return `${date.slice(0, "yyyymmdd".length)}/${region}/sts/aws4_request`;
}

/** The query parameters that a signature covers: decoded, in the order that botocore writes them. */
export function signedParameters(request: Omit<PresignedRequest, "signature">): Record<string, string> {
  return {
    Action: ACTION,
    Version: API_VERSION,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${request.accessKeyId}/${credentialScope(request)}`,
    "X-Amz-Date": request.date,
    "X-Amz-Expires": request.expires,
    "X-Amz-SignedHeaders": SIGNED_HEADERS,
    ...(request.securityToken === undefined ? {} : { "X-Amz-Security-Token": request.securityToken }),
  };
}

/** The whole query, encoded. */
export function presignedQuery(request: PresignedRequest): string {
  return Object.entries({ ...signedParameters(request), "X-Amz-Signature": request.signature })
    .map(([name, value]) => `${name}=${percentEncode(value)}`).join("&");
}

/** Writes a token, byte for byte as `aws eks get-token` does. */
export function formatToken(request: PresignedRequest): string {
  const url = `https://${request.host}/?${presignedQuery(request)}`;
  return TOKEN_PREFIX + new TextEncoder().encode(url).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** RFC 3986, section 2.3: everything but unreserved characters is encoded. `text` must be well-formed Unicode. */
export function percentEncode(text: string): string {
  if (/^[A-Za-z0-9._~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What survives as a signed header: signing trims it, and makes one space of several, so that two ids would be one. */
const CLUSTER_ID = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/**
 * Refuses a cluster id that does not survive as a signed header.
 *
 * @throws {UsageError} if it is empty, or holds anything but visible ASCII and single spaces between
 */
export function assertClusterId(clusterId: string): void {
  if (CLUSTER_ID.test(clusterId)) return;
  throw new UsageError(
    `Cannot use cluster id "${clusterId}" with AWS: it is sent as a header; use visible ASCII characters, and ` +
      "no spaces but single ones between them",
  );
}
