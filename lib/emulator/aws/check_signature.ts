/**
 * The verdict on a signed request: who signed it, or which error AWS's STS gives. Stricter than the vendor where the
 * vendor's page leaves room, because a request that only a lenient judge takes is a mistake of ours.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import type { ReceivedRequest } from "../request.ts";
import { sha256Hex } from "../sha256.ts";
import { type Claim, readClaim } from "./claim.ts";
import { type Refusal, refuse, type StsErrorCode } from "./errors.ts";
import { canonicalQuery, parseQuery } from "./parameters.ts";
import type { AwsPrincipal } from "./principals.ts";
import { canonicalRequest, type CredentialScope, signatureOf, stringToSign } from "./sigv4.ts";

/** How far a request's date may be from now, on either side: 15 minutes, as the texts of the real errors say. */
const MAX_CLOCK_DIFFERENCE_MS = 15 * 60_000;

/** The form of every region's name, `us-gov-west-1` among them. */
const REGION = /^[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}$/;

/** A regional endpoint, of any partition, and the global one, which is signed for as `us-east-1` ("AWS STS Regions"). */
const REGIONAL_HOST = /^sts(?:-fips)?\.([a-z]{2,5}(?:-[a-z]+)+-\d{1,2})\./;
const GLOBAL_HOST = "sts.amazonaws.com";
const GLOBAL_REGION = "us-east-1";

/** What the judge knows. */
export interface Judge {
  readonly principals: readonly AwsPrincipal[];
  readonly now: Date;
}

/** Who signed, or why the request is refused. `accessKeyId` is what the request claims, where it can be read. */
export type Verdict =
  | { readonly kind: "accepted"; readonly principal: AwsPrincipal }
  | Refusal & { readonly accessKeyId: string | undefined };

/** Judges who signed a request, whatever it asks for. Never throws, whatever it holds. */
export function checkSignature(request: ReceivedRequest, { principals, now }: Judge): Verdict {
  const query = parseQuery(request.query);
  if (query === undefined) return { ...refuse("MalformedQueryString"), accessKeyId: undefined };
  const claim = readClaim(request.headers, query);
  if (claim.kind === "refused") return { ...claim, accessKeyId: undefined };

  const { accessKeyId, securityToken } = claim;
  const no = (code: StsErrorCode, message?: string) => ({ ...refuse(code, message), accessKeyId });
  if (!coversHeaders(claim.signedHeaders, request.headers)) return no("IncompleteSignature");
  const date = parseDate(claim.date);
  if (date === undefined) {
    return no("IncompleteSignature", `Date must be in ISO-8601 'basic format'. Got '${claim.date}'.`);
  }
  const mistake = scopeMistake(claim, request.headers.get("host") ?? "") ?? clockMistake(date, now);
  if (mistake !== undefined) return no("SignatureDoesNotMatch", mistake);

  const principal = principals.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (principal === undefined || securityToken !== principal.securityToken) return no("InvalidClientTokenId");
  const bodyHash = request.headers.get("x-amz-content-sha256");
  if (bodyHash !== null && bodyHash !== sha256Hex(request.body)) return no("SignatureDoesNotMatch");
  if (!sameHex(claim.signature, expectedSignature(request, claim, principal))) return no("SignatureDoesNotMatch");
  const hasEnded = principal.expiration !== undefined && now >= principal.expiration;
  return hasEnded ? no("ExpiredToken") : { kind: "accepted", principal };
}

function expectedSignature(request: ReceivedRequest, claim: Claim, { accessKeySecret }: AwsPrincipal): string {
  const query = canonicalQuery(claim.signedQuery);
  const canonical = canonicalRequest(request, { query, signedHeaders: claim.signedHeaders });
  return signatureOf(stringToSign(canonical, claim), accessKeySecret, claim.scope);
}

/** Compares two texts of 64 digits in constant time. */
function sameHex(a: string, b: string): boolean {
  const encoder = new TextEncoder();
  return timingSafeEqual(encoder.encode(a), encoder.encode(b));
}

/**
 * Whether the signed names are sorted, each once and all sent, and what the vendor's page wants signed is among them:
 * `host`, and `content-type` and every `x-amz-*` where they are sent.
 */
function coversHeaders(signedHeaders: readonly string[], headers: Headers): boolean {
  const isSorted = signedHeaders.every((name, i) => i === 0 || signedHeaders[i - 1]! < name);
  const mustBeSigned = [...headers.keys()].filter((name) => name.startsWith("x-amz-") || name === "content-type");
  return isSorted && signedHeaders.every((name) => headers.has(name)) &&
    ["host", ...mustBeSigned].every((name) => signedHeaders.includes(name));
}

/** What is wrong with the scope, in the vendor's words. */
function scopeMistake({ scope, date }: Claim, host: string): string | undefined {
  const day = date.slice(0, 8);
  if (scope.date !== day) {
    return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
      `'${scope.date}' != '${day}', from '${date}'.`;
  }
  if (!fitsHost(scope, host)) return `Credential should be scoped to a valid region, not '${scope.region}'. `;
  if (scope.service !== "sts") return `Credential should be scoped to correct service: 'sts'. `;
  if (scope.terminator !== "aws4_request") {
    return `Credential should be scoped with a valid terminator: 'aws4_request', not '${scope.terminator}'. `;
  }
  return undefined;
}

/** A host that names no region, as an emulator's does, is right for every region. */
function fitsHost({ region }: CredentialScope, host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  const wanted = name === GLOBAL_HOST ? GLOBAL_REGION : REGIONAL_HOST.exec(name)?.[1];
  return REGION.test(region) && (wanted === undefined || region === wanted);
}

/** Why a date is too far from now, in the vendor's words. */
function clockMistake(date: Date, now: Date): string | undefined {
  const difference = now.getTime() - date.getTime();
  if (difference > MAX_CLOCK_DIFFERENCE_MS) {
    const first = basicFormat(new Date(now.getTime() - MAX_CLOCK_DIFFERENCE_MS));
    return `Signature expired: ${basicFormat(date)} is now earlier than ${first} (${basicFormat(now)} - 15 min.)`;
  }
  if (-difference > MAX_CLOCK_DIFFERENCE_MS) {
    const last = basicFormat(new Date(now.getTime() + MAX_CLOCK_DIFFERENCE_MS));
    return `Signature not yet current: ${basicFormat(date)} is still later than ${last} (${
      basicFormat(now)
    } + 15 min.)`;
  }
  return undefined;
}

function basicFormat(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Reads `yyyyMMddTHHmmssZ`; `undefined` for any other form, and for days and hours that do not exist. */
function parseDate(text: string): Date | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(date.getTime()) && basicFormat(date) === text ? date : undefined;
}
