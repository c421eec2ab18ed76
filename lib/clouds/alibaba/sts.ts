/**
 * Alibaba Cloud's GetCallerIdentity: the request rebuilt from a token's validated parts, and the judgement of the
 * answer.
 *
 * @module
 */

import type { Identity } from "../../identity/identity.ts";
import { type JsonObject, type JsonValue, parseStrictJson } from "../../strict_json.ts";
import {
  MAX_CLOCK_SKEW_MS,
  type ReadContext,
  SIGNATURE_LIFETIME_MS,
  type StsAnswer,
  type StsCall,
  StsDenied,
  StsFault,
  StsThrottled,
  TokenError,
} from "../cloud.ts";
import { VERSION } from "../../version.ts";
import { canonicalQuery } from "./acs3.ts";
import { parsePrincipalArn } from "./arn.ts";
import { authorization, CLUSTER_ID_PARAMETER, signedHeaders, type SignedRequest } from "./token.ts";

/** Longest error code or request id of STS that is quoted. */
const QUOTABLE = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Rebuilds the request that the token's signer signed.
 *
 * @throws {TokenError} if the token is for another cluster, or its date is not within the last 15 minutes
 */
export function buildStsCall(
  request: SignedRequest,
  { host, region }: Pick<StsCall, "host" | "region">,
  { clusterId, now }: ReadContext,
): StsCall {
  if (request.clusterId !== clusterId) {
    throw new TokenError("wrong_cluster", "Cannot accept the token: it is signed for another cluster");
  }
  const expiresAt = new Date(readDate(request.date).getTime() + SIGNATURE_LIFETIME_MS);
  judgeDate(request.date, expiresAt, now);
  return {
    host,
    region,
    method: "POST",
    target: `/?${canonicalQuery({ [CLUSTER_ID_PARAMETER]: clusterId })}`,
    headers: {
      ...signedHeaders(request),
      authorization: authorization(request),
      accept: "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
    accessKeyId: request.accessKeyId,
    expiresAt,
    readAnswer: (answer) => readCallerIdentity(answer, request.accessKeyId),
  };
}

/** Whether the call is for this cluster and this quarter of an hour. */
function judgeDate(date: string, expiresAt: Date, now: Date): void {
  const ageMs = now.getTime() - (expiresAt.getTime() - SIGNATURE_LIFETIME_MS);
  if (ageMs > SIGNATURE_LIFETIME_MS) {
    throw new TokenError("expired", `Cannot accept the token: its date "${date}" is more than 15 minutes ago`);
  }
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    throw new TokenError(
      "not_yet_valid",
      `Cannot accept the token: its date "${date}" is more than 5 minutes ahead; check the clocks of both machines`,
    );
  }
}

function readDate(text: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) ? new Date(text) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()) || date.toISOString() !== text.replace("Z", ".000Z")) {
    throw new TokenError("malformed", 'Cannot read the token: "x-acs-date" is not a canonical UTC time');
  }
  return date;
}

/**
 * Judges what came back from GetCallerIdentity.
 *
 * Members that are not known may be there, as long as they are flat: STS may grow its answer, but no other action's
 * answer, and no envelope, passes for this one.
 *
 * @throws {StsDenied} if STS refused the caller
 * @throws {StsThrottled} if STS asks for fewer calls
 * @throws {StsFault} if STS never answers so
 */
export function readCallerIdentity(answer: StsAnswer, accessKeyId: string): Identity {
  const members = readObject(answer);
  if (answer.status !== 200) throw readRefusal(answer.status, members);
  for (const value of members.values()) {
    if (typeof value === "object" && value !== null) throw fault("a member is not flat");
  }
  const arn = text(members, "Arn");
  const principal = parsePrincipalArn(arn);
  if (principal === undefined) throw fault("the ARN is none of a principal");
  if (text(members, "AccountId") !== principal.accountId) throw fault("the ARN is of another account");
  const want = ({ root: "Account", user: "RAMUser", "assumed-role": "AssumedRoleUser" } as const)[principal.kind];
  if (text(members, "IdentityType") !== want) throw fault("the identity type does not fit the ARN");
  const [, principalId, session] = /^([A-Za-z0-9]{1,64})(?::(.+))?$/.exec(text(members, "PrincipalId")) ?? [];
  if (principalId === undefined) throw fault("the principal id is malformed");
  const sessionName = principal.kind === "assumed-role" ? principal.sessionName : "";
  if ((session ?? "") !== sessionName) throw fault("the principal id is of another session than the ARN");
  text(members, "RequestId");
  return {
    cloud: "alibaba",
    arn,
    canonicalArn: principal.canonicalArn,
    accountId: principal.accountId,
    principalId,
    sessionName,
    accessKeyId,
  };
}

function readObject({ status, contentType, body }: StsAnswer): JsonObject {
  if (!/^application\/json(?:\s*;|$)/i.test(contentType)) throw fault(`HTTP ${status} without JSON`);
  let value: JsonValue;
  try {
    value = parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw fault(`HTTP ${status} with broken JSON`, cause);
  }
  if (!(value instanceof Map)) throw fault(`HTTP ${status} without a JSON object`);
  return value;
}

/** Which failure an STS error is: only what speaks of the caller is a denial, everything else an outage. */
function readRefusal(status: number, members: JsonObject): StsDenied | StsThrottled | StsFault {
  const code = quotable(members.get("Code"));
  const requestId = quotable(members.get("RequestId")) ?? "unknown";
  if (code === undefined) return fault(`HTTP ${status} without an error code`);
  if (status === 429 || code === "Throttling" || code.startsWith("Throttling.")) {
    return new StsThrottled(
      `Cannot verify the token: STS answered "${code}" (STS request id "${requestId}"); ask for fewer logins`,
    );
  }
  if (status >= 400 && status < 500) return new StsDenied(code, requestId);
  return fault(`HTTP ${status} with code "${code}", request id "${requestId}"`);
}

function quotable(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && QUOTABLE.test(value) ? value : undefined;
}

function text(members: JsonObject, key: string): string {
  const value = members.get(key);
  if (typeof value !== "string" || value === "") throw fault(`"${key}" is missing or not text`);
  return value;
}

function fault(why: string, cause?: unknown): StsFault {
  return new StsFault(`Cannot verify the token: STS answered ${why}`, { cause });
}
