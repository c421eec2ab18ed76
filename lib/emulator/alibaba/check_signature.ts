/**
 * The verdict on a signed request: who signed it, or which error Alibaba Cloud's STS gives. Stricter than the vendor
 * where the vendor's page leaves room, because a request that only a lenient judge takes is a mistake of ours.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { ALGORITHM, canonicalQuery, canonicalRequest, signatureOf, stringToSign } from "./acs3.ts";
import type { ReceivedRequest } from "../request.ts";
import { sha256Hex } from "../sha256.ts";
import type { AlibabaPrincipal } from "./principals.ts";
import type { StsErrorCode } from "./errors.ts";

/** How far a request's date may be from now, on either side: 15 minutes (vendor's page, `x-acs-date`). */
const MAX_CLOCK_DIFFERENCE_MS = 15 * 60_000;

/** `Authorization`: no space after the commas, header names in lower case. The vendor's ids have 16 to 128 characters. */
const AUTHORIZATION = new RegExp(
  `^${ALGORITHM} Credential=([\\w.]{1,128}),SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*),Signature=([0-9a-f]{64})$`,
);

/** What the judge knows. */
export interface Judge {
  readonly principals: readonly AlibabaPrincipal[];
  readonly now: Date;
}

/** Who signed, or why the request is refused. `accessKeyId` is what the request claims, where it can be read. */
export type Verdict =
  | { readonly kind: "accepted"; readonly principal: AlibabaPrincipal }
  | { readonly kind: "refused"; readonly code: StsErrorCode; readonly accessKeyId: string | undefined };

/** Judges who signed a request, whatever it asks for. Never throws, whatever it holds. */
export function checkSignature(request: ReceivedRequest, { principals, now }: Judge): Verdict {
  const { headers } = request;
  const header = headers.get("authorization");
  if (header === null) return refused("MissingAccessKeyId");
  const authorization = parseAuthorization(header);
  if (authorization === undefined) return refused("IncompleteSignature");

  const { accessKeyId, signedHeaders, signature } = authorization;
  const refuse = (code: StsErrorCode) => refused(code, accessKeyId);
  if (!coversHeaders(signedHeaders, headers)) return refuse("IncompleteSignature");

  const dateText = headers.get("x-acs-date");
  if (dateText === null) return refuse("MissingTimestamp");
  const date = parseDate(dateText);
  if (date === undefined) return refuse("InvalidTimeStamp.Format");
  if (Math.abs(now.getTime() - date.getTime()) > MAX_CLOCK_DIFFERENCE_MS) return refuse("InvalidTimeStamp.Expired");

  const principal = principals.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (principal === undefined) return refuse("InvalidAccessKeyId.NotFound");
  const securityToken = headers.get("x-acs-security-token") ?? undefined;
  if (securityToken !== principal.securityToken) {
    return refuse(securityToken === undefined ? "MissingSecurityToken" : "InvalidSecurityToken.MismatchWithAccessKey");
  }

  const query = canonicalQuery(request.query);
  if (query === undefined) return refuse("InvalidParameter");
  const bodyHash = headers.get("x-acs-content-sha256");
  if (bodyHash === null) return refuse("MissingContentSha256");
  if (bodyHash !== sha256Hex(request.body)) return refuse("SignatureDoesNotMatch");
  const text = stringToSign(canonicalRequest(request, { query, signedHeaders }));
  const expected = signatureOf(text, principal.accessKeySecret);
  if (!sameHex(signature, expected)) return refuse("SignatureDoesNotMatch");
  const hasEnded = principal.expiration !== undefined && now >= principal.expiration;
  return hasEnded ? refuse("InvalidSecurityToken.Expired") : { kind: "accepted", principal };
}

/** A refusal, with the key that the request claims, where that could be read. */
function refused(code: StsErrorCode, accessKeyId?: string): Verdict {
  return { kind: "refused", code, accessKeyId };
}

interface Authorization {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(header: string): Authorization | undefined {
  const [, accessKeyId, names, signature] = AUTHORIZATION.exec(header) ?? [];
  if (accessKeyId === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKeyId, signedHeaders: names.split(";"), signature };
}

/** Compares two texts of 64 digits in constant time. */
function sameHex(a: string, b: string): boolean {
  const encoder = new TextEncoder();
  return timingSafeEqual(encoder.encode(a), encoder.encode(b));
}

/** Whether the signed names are sorted, each once, all sent and all signable, and every `x-acs-*` sent is among them. */
function coversHeaders(signedHeaders: readonly string[], headers: Headers): boolean {
  const isSorted = signedHeaders.every((name, i) => i === 0 || signedHeaders[i - 1]! < name);
  const areSent = signedHeaders.every((name) => headers.has(name) && /^(x-acs-.+|host|content-type)$/.test(name));
  const sent = [...headers.keys()].filter((name) => name.startsWith("x-acs-"));
  return isSorted && areSent && sent.every((name) => signedHeaders.includes(name));
}

/** Reads `yyyy-MM-ddTHH:mm:ssZ`; `undefined` for any other form, and for days and hours that do not exist. */
function parseDate(text: string): Date | undefined {
  const date = new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? text : NaN);
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString() === text.replace("Z", ".000Z");
  return isReal ? date : undefined;
}
