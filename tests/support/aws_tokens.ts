/**
 * Tokens of AWS for tests, put together parameter by parameter. The signature is made by the emulator tests' signer, which
 * shares no code with `lib/`.
 *
 * @module
 */

import type { AwsPrincipal } from "../../lib/emulator/aws/principals.ts";
import { type Parameters, presigned } from "../emulator/aws/signed_request.ts";

/** The keys that sign a token. */
export type AwsKeys = Omit<AwsPrincipal, "identity">;

/** What a token is signed for. */
export interface AwsTokenOptions {
  readonly clusterId: string;
  readonly now: Date;
  readonly host: string;
  /** Default: `us-east-1`. */
  readonly region?: string;
}

/** What is signed in place of what clients sign. */
export interface AwsSigning {
  /** Parameters beside or in place of the client's; `undefined` leaves one out. */
  readonly query?: Parameters;
  /** Headers beside `host` and the cluster id, or in place of the latter; `undefined` leaves one out. */
  readonly headers?: Parameters;
  /** The signed names as they are listed, in place of all headers' names in order. */
  readonly names?: readonly string[];
  /** The scope, in place of `<day>/<region>/sts/aws4_request`. */
  readonly scope?: string;
}

const PREFIX = "k8s-aws-v1.";

/** The order in which botocore writes the parameters; others come in front of the signature. */
const ORDER = [
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Security-Token",
];

/** A date as it is signed: `20261122T120000Z`. */
export function awsDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** The signed parameters, each as `name=value` in the URL, in botocore's order. */
export function awsPairs(keys: AwsKeys, options: AwsTokenOptions, signing: AwsSigning = {}): string[] {
  const { clusterId, now, host, region = "us-east-1" } = options;
  const date = signing.query?.["X-Amz-Date"] ?? awsDate(now);
  const scope = `${date.slice(0, 8)}/${region}/sts/aws4_request`;
  const headers = { "x-k8s-aws-id": clusterId, ...signing.headers };
  const { query } = presigned(keys, { scope, ...signing, date, host, headers });
  return query.split("&").toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** The URL of a host and parameters, as clients write it. */
export function awsUrl(host: string, pairs: readonly string[]): string {
  return `https://${host}/?${pairs.join("&")}`;
}

/** A valid token; `change` spoils the parameters after they were signed. */
export function awsToken(
  keys: AwsKeys,
  options: AwsTokenOptions,
  change: (pairs: string[]) => readonly string[] = (pairs) => pairs,
): string {
  return encodeUrl(awsUrl(options.host, change(awsPairs(keys, options))));
}

/** The token of any text, a URL or not. */
export function encodeUrl(url: string | Uint8Array): string {
  const bytes = typeof url === "string" ? new TextEncoder().encode(url) : url;
  return PREFIX + bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The URL of a token. */
export function decodeUrl(token: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(token.slice(PREFIX.length), { alphabet: "base64url" }));
}

function placeOf(pair: string): number {
  const name = pair.slice(0, pair.indexOf("="));
  if (name === "X-Amz-Signature") return ORDER.length + 1;
  return ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length;
}
