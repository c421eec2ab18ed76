/**
 * `POST /authenticate`: one TokenReview in, one answer out. Decides what kube-apiserver sees of each outcome, and what
 * is logged and counted.
 *
 * @module
 */

import { StsFault, StsThrottled } from "../clouds/cloud.ts";
import { messageOf, PublicError } from "../errors.ts";
import { BodyTooLargeError } from "../http.ts";
import { PrivateDnsNamesUnavailable } from "../mapping/instances/private_dns_names.ts";
import type { MappedUser } from "../mapping/outcome.ts";
import type { LoggableIdentity, Scrubber } from "../mapping/scrub.ts";
import { MappingsNotReady } from "../mapping/source.ts";
import { CREDENTIAL_ID_KEY } from "../review/credential_id.ts";
import { RateLimited } from "../review/limiter.ts";
import {
  formatAuthenticated,
  formatUnauthenticated,
  parseTokenReview,
  type ReviewedUser,
  TokenReviewError,
  type TokenReviewRequest,
} from "../review/token_review.ts";
import { type RefusalReason, review, type Verdict, type VerifierParts } from "../review/verifier.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics, ReviewResult } from "../telemetry/metrics.ts";
import type { Audit } from "./audit.ts";
import { type Bodies, BodyBrokenError, BodyCrowdedOutError, BodyLateError, drain } from "./bodies.ts";
import { answerDelegated } from "./delegated.ts";
import type { Delegation } from "./delegation/delegation.ts";
import { DelegateBusy, DelegateFault, DelegateUnusable } from "./delegation/fault.ts";
import { wasDelegated } from "./delegation/hop.ts";
import { type Answer, failure, json } from "./responses.ts";

/** What the handler works with. */
export interface AuthenticateParts {
  readonly verifier: VerifierParts;
  readonly bodies: Bodies;
  readonly scrubber: Scrubber;
  /** Takes each decision about somebody who is known. */
  readonly log: Log;
  /** Takes what any client can repeat at will: it is capped. */
  readonly cappedLog: Log;
  /** Takes every decision. */
  readonly audit: Audit;
  readonly metrics: Metrics;
  /** Judges tokens that are not ours; `undefined` where nobody does. */
  readonly delegation?: Delegation | undefined;
  /** Address and port that the request came from; `undefined` for the server's own. */
  readonly client?: string | undefined;
}

/** How each refusal counts in the other tools' words. */
const RESULT_OF_REFUSAL: Readonly<Record<RefusalReason, ReviewResult>> = {
  malformed: "invalid_token",
  too_large: "invalid_token",
  wrong_cluster: "invalid_token",
  wrong_host: "invalid_token",
  expired: "invalid_token",
  not_yet_valid: "invalid_token",
  sts_denied: "denied",
  deny_listed: "denied",
  not_mapped: "unknown_user",
  mapping_refused: "denied",
};

/** How a failure that is no decision is answered, first match wins; whatever is not in the table is a bug. */
const FAILURES: ReadonlyArray<{
  readonly error: abstract new (...args: never[]) => PublicError;
  readonly status: number;
  readonly result: ReviewResult;
  readonly headers?: Readonly<Record<string, string>>;
}> = [
  { error: MappingsNotReady, status: 503, result: "internal_error" },
  { error: PrivateDnsNamesUnavailable, status: 504, result: "internal_error" },
  { error: StsThrottled, status: 429, result: "sts_throttling" },
  { error: RateLimited, status: 429, result: "rate_limited" },
  { error: StsFault, status: 504, result: "sts_error" },
  { error: DelegateFault, status: 504, result: "delegate_error" },
  // The API server does not try that again.
  { error: DelegateUnusable, status: 503, result: "delegate_error" },
  { error: DelegateBusy, status: 429, result: "delegate_error" },
  { error: BodyBrokenError, status: 400, result: "canceled" },
  { error: BodyLateError, status: 408, result: "malformed_request" },
  { error: BodyCrowdedOutError, status: 503, result: "overloaded", headers: { "retry-after": "1" } },
  { error: BodyTooLargeError, status: 413, result: "malformed_request" },
  { error: TokenReviewError, status: 400, result: "malformed_request" },
];

/** Answers one request. Never rejects: what is not expected becomes a 500 with the request id. */
export async function authenticate(request: Request, requestId: string, parts: AuthenticateParts): Promise<Response> {
  const started = performance.now();
  const { spans } = parts.verifier;
  const { result, response } = await spans.trace("TokenReview", async () => {
    const answered = await answer(request, requestId, parts);
    spans.set({
      "ram_auth.request_id": requestId,
      "ram_auth.result": answered.result,
      "http.response.status_code": answered.response.status,
    });
    return answered;
  });
  parts.metrics.observeReview(result, (performance.now() - started) / 1_000);
  return response;
}

async function answer(request: Request, requestId: string, parts: AuthenticateParts): Promise<Answer> {
  try {
    const refusal = refuseForm(request, requestId);
    if (refusal !== undefined) {
      await drain(request);
      parts.cappedLog.warn("bad request", { requestId, client: parts.client, status: refusal.response.status });
      return refusal;
    }
    const { spans } = parts.verifier;
    const asked = parseTokenReview(await spans.part("read body", () => parts.bodies.read(request)));
    const verdict = await review(parts.verifier, asked.token);
    const { delegation } = parts;
    return verdict.kind === "not_ours" && delegation !== undefined && !wasDelegated(request)
      ? await spans.part("ask delegate", () => answerDelegated(asked, requestId, { ...parts, delegation }), true)
      : answerVerdict(verdict, asked, requestId, parts);
  } catch (thrown) {
    return answerFailure(thrown, requestId, parts);
  }
}

function refuseForm({ method, headers }: Request, requestId: string): Answer | undefined {
  if (method !== "POST") return failure(405, requestId, "use POST", { allow: "POST" });
  const isJson = /^application\/json(?:\s*;|$)/i.test(headers.get("content-type") ?? "");
  return isJson ? undefined : failure(415, requestId, "send application/json");
}

function answerVerdict(
  verdict: Verdict,
  { apiVersion }: TokenReviewRequest,
  requestId: string,
  parts: AuthenticateParts,
): Answer {
  const { scrubber, log, cappedLog, client } = parts;
  switch (verdict.kind) {
    case "allowed": {
      const { identity } = verdict;
      const who = scrubber.loggable(identity);
      const shown = scrubber.loggableUser(identity, verdict.user);
      log.info("login allowed", {
        requestId,
        client,
        reason: "allowed",
        cloud: identity.cloud,
        arn: who.arn,
        accessKeyId: who.accessKeyId,
        username: shown.username,
        groups: shown.groups,
      });
      note(parts, requestId, verdict, { reason: "allowed", who, user: shown });
      return {
        result: "success",
        response: json(200, requestId, formatAuthenticated(apiVersion, answered(verdict, scrubber))),
      };
    }
    case "not_ours":
      log.debug("token is not ours", { requestId, client, reason: "not_ours" });
      return { result: "invalid_token", response: json(200, requestId, formatUnauthenticated(apiVersion)) };
    case "refused": {
      const { reason, message, publicMessage, identity } = verdict;
      const who = identity && scrubber.loggable(identity);
      const why = scrubber.scrub(message, identity);
      (identity === undefined ? cappedLog : log).warn("login refused", {
        requestId,
        client,
        reason,
        cloud: identity?.cloud,
        arn: who?.arn,
        accessKeyId: who?.accessKeyId,
        why,
      });
      note(parts, requestId, verdict, { reason, who, why });
      const text = formatUnauthenticated(apiVersion, `${publicMessage} (request ${requestId})`);
      return { result: RESULT_OF_REFUSAL[reason], response: json(200, requestId, text) };
    }
    case "undecided": {
      const { failure, identity } = verdict;
      const why = scrubber.scrub(messageOf(failure), identity);
      note(parts, requestId, verdict, {
        reason: failure instanceof PublicError ? failure.code : "internal_error",
        who: identity && scrubber.loggable(identity),
        why,
      });
      return answerFailure(failure, requestId, parts, why);
    }
  }
}

/** The user for the API server: of a scrubbed account, the extra says only which token it was. */
function answered({ identity, user }: Extract<Verdict, { kind: "allowed" }>, scrubber: Scrubber): ReviewedUser {
  if (!scrubber.hides(identity)) return user;
  return { ...user, extra: { [CREDENTIAL_ID_KEY]: user.extra[CREDENTIAL_ID_KEY]! } };
}

function note(
  { audit, verifier: { spans }, client }: AuthenticateParts,
  requestId: string,
  { kind: event, credentialId, identity }: Exclude<Verdict, { kind: "not_ours" }>,
  { reason, who, user, why }: {
    readonly reason: string;
    readonly who: LoggableIdentity | undefined;
    readonly user?: MappedUser;
    readonly why?: string;
  },
): void {
  const cloud = identity?.cloud;
  audit({ event, reason, requestId, credentialId, client, cloud, identity: who, user, why });
  spans.set({
    "ram_auth.credential_id": credentialId,
    "ram_auth.reason": reason,
    "ram_auth.cloud": cloud,
    "ram_auth.arn": who?.arn,
    "ram_auth.username": user?.username,
    "ram_auth.why": why,
  });
}

/** @param why for the log, scrubbed */
function answerFailure(
  thrown: unknown,
  requestId: string,
  { cappedLog, verifier: { spans }, client, scrubber }: AuthenticateParts,
  why = scrubber.scrub(messageOf(thrown)),
): Answer {
  spans.set({ "ram_auth.why": why });
  const row = FAILURES.find(({ error }) => thrown instanceof error);
  if (row === undefined) {
    cappedLog.error("internal error", { requestId, client, reason: "internal_error", why });
    return { ...failure(500, requestId, "internal error"), result: "internal_error" };
  }
  const { code, publicMessage } = thrown as PublicError;
  const level = row.result === "canceled" ? "info" : "warn";
  cappedLog[level]("no decision", { requestId, client, reason: code, why });
  return { ...failure(row.status, requestId, publicMessage, row.headers), result: row.result };
}
