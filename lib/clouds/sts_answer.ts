/**
 * What answers of STS have in common, whichever cloud gives them: JSON with no two readings, and errors of which only
 * those that speak of the caller are denials.
 *
 * @module
 */

import { type JsonObject, type JsonValue, parseStrictJson } from "../strict_json.ts";
import { clocksText } from "./signature_age.ts";
import { type StsAnswer, StsDenied, StsFault, StsThrottled } from "./cloud.ts";

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** Error codes and request ids of STS that are quoted. */
const QUOTABLE = /^[A-Za-z0-9._-]{1,64}$/;

/** Names of members, as both clouds' APIs form them. */
const MEMBER_NAME = /^[A-Za-z][A-Za-z0-9]{0,127}$/;

/** What an error of STS says of itself. Trust: STS, or whoever sits in its place. */
export interface StsErrorMembers {
  readonly code: JsonValue | undefined;
  readonly requestId: JsonValue | undefined;
}

/**
 * Reads an answer as a JSON object.
 *
 * @throws {StsFault} if it is none
 */
export function readJsonAnswer({ status, contentType, body }: StsAnswer): JsonObject {
  if (!/^application\/json(?:\s*;|$)/i.test(contentType)) throw stsFault(`HTTP ${status} without JSON`);
  let value: JsonValue;
  try {
    value = parseStrictJson(UTF_8.decode(body), { roundsNumbers: true });
  } catch (cause) {
    throw stsFault(`HTTP ${status} with broken JSON`, cause);
  }
  if (!(value instanceof Map)) throw stsFault(`HTTP ${status} without a JSON object`);
  return value;
}

/**
 * Judges the names of a result's members. Those that are not known may be there, whatever they hold: STS may grow its
 * answer, and nobody reads them.
 *
 * @throws {StsFault} if it hands out keys, which is the answer of another action, or has a name that no member can have
 */
export function judgeMembers(result: JsonObject): void {
  if (result.has("Credentials")) throw stsFault("credentials, for which nobody asked");
  for (const name of result.keys()) {
    if (!MEMBER_NAME.test(name)) throw stsFault("a member whose name is no word");
  }
}

/** A member that must be text. @throws {StsFault} if it is missing, empty or something else */
export function textMember(members: JsonObject, key: string): string {
  const value = members.get(key);
  if (typeof value !== "string" || value === "") throw stsFault(`"${key}" is missing or not text`);
  return value;
}

/** A request that STS was asked with, as far as a denial may be about it. */
export interface AskedRequest {
  readonly signedAt: Date;
  /** By our clock, when it was sent. */
  readonly now: Date;
  /** What else a denial may mean, by its code, for an operator. */
  readonly hintOn?: (code: string) => string | undefined;
}

/**
 * Judges an answer, and adds to a denial what an operator should know: what the clocks say, and what it may mean.
 *
 * @throws whatever `judge` throws
 */
export function explainingDenials<T>(
  answer: StsAnswer,
  { signedAt, now, hintOn = () => undefined }: AskedRequest,
  judge: (answer: StsAnswer) => T,
): T {
  try {
    return judge(answer);
  } catch (denial) {
    if (!(denial instanceof StsDenied)) throw denial;
    const facts = [hintOn(denial.stsCode), clocksText(signedAt, now, answer.date)].filter((fact) => fact !== undefined);
    throw new StsDenied(denial.stsCode, denial.stsRequestId, facts.join("; "));
  }
}

/**
 * Which failure an STS error is: only what speaks of the caller is a denial, everything else an outage.
 *
 * @param throttleCode matches the codes by which the cloud asks for fewer calls
 */
export function stsRefusal(
  status: number,
  members: StsErrorMembers,
  throttleCode: RegExp,
): StsDenied | StsThrottled | StsFault {
  const code = quotable(members.code);
  const requestId = quotable(members.requestId) ?? "unknown";
  if (code === undefined) return stsFault(`HTTP ${status} without an error code`);
  if (status === 429 || throttleCode.test(code)) {
    return new StsThrottled(
      `Cannot verify the token: STS answered "${code}" (STS request id "${requestId}"); ask for fewer logins`,
    );
  }
  if (status >= 400 && status < 500) return new StsDenied(code, requestId);
  return stsFault(`HTTP ${status} with code "${code}", request id "${requestId}"`);
}

/** An answer that STS never gives; `why` follows "STS answered". */
export function stsFault(why: string, cause?: unknown): StsFault {
  return new StsFault(`Cannot verify the token: STS answered ${why}`, { cause });
}

function quotable(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && QUOTABLE.test(value) ? value : undefined;
}
