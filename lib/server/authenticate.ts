/**
 * `POST /authenticate`: one TokenReview in, one answer out. Decides what kube-apiserver sees of each outcome, and what
 * is logged and counted.
 *
 * @module
 */

import { StsFault, StsThrottled } from "../clouds/cloud.ts";
import { messageOf, PublicError } from "../errors.ts";
import { BodyTooLargeError, readBodyCapped } from "../http.ts";
import { PrivateDnsNamesUnavailable } from "../mapping/instances/private_dns_names.ts";
import { SCRUBBED, type Scrubber } from "../mapping/scrub.ts";
import { MappingsNotReady } from "../mapping/source.ts";
import {
  formatAuthenticated,
  formatUnauthenticated,
  parseTokenReview,
  TokenReviewError,
  type TokenReviewRequest,
} from "../review/token_review.ts";
import { type RefusalReason, review, type Verdict, type VerifierParts } from "../review/verifier.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics, ReviewResult } from "../telemetry/metrics.ts";
import { type Answer, failure, json } from "./responses.ts";

/** Largest TokenReview; the largest token in one has 16 KiB. */
const MAX_BODY_BYTES = 1_048_576;

/** How long a body may take to arrive. */
const BODY_DEADLINE_MS = 10_000;

/** What the handler works with. */
export interface AuthenticateParts {
  readonly verifier: VerifierParts;
  readonly scrubber: Scrubber;
  readonly log: Log;
  readonly metrics: Metrics;
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
  not_mapped: "uknown_user",
  mapping_refused: "denied",
};

/** How a failure that is no decision is answered, first match wins; whatever is not in the table is a bug. */
const FAILURES: ReadonlyArray<{
  readonly error: abstract new (...args: never[]) => PublicError;
  readonly status: number;
  readonly result: ReviewResult;
}> = [
  { error: MappingsNotReady, status: 503, result: "internal_error" },
  { error: PrivateDnsNamesUnavailable, status: 504, result: "internal_error" },
  { error: StsThrottled, status: 429, result: "sts_throttling" },
  { error: StsFault, status: 504, result: "sts_error" },
  { error: BodyTooLargeError, status: 413, result: "malformed_request" },
  { error: TokenReviewError, status: 400, result: "malformed_request" },
];

/** Reads a body that nobody needs, because an answer before its end would cost the connection. Never rejects. */
export async function drain(request: Request): Promise<void> {
  await readBody(request).catch(() => {});
}

async function readBody(request: Request): Promise<Uint8Array> {
  return await readBodyCapped(request.body, MAX_BODY_BYTES, AbortSignal.timeout(BODY_DEADLINE_MS));
}

/** Answers one request. Never rejects: what is not expected becomes a 500 with the request id. */
export async function authenticate(request: Request, requestId: string, parts: AuthenticateParts): Promise<Response> {
  const started = performance.now();
  const { result, response } = await answer(request, requestId, parts);
  parts.metrics.observeReview(result, (performance.now() - started) / 1_000);
  return response;
}

async function answer(request: Request, requestId: string, parts: AuthenticateParts): Promise<Answer> {
  try {
    const body = await readBody(request);
    if (request.method !== "POST") return failure(405, requestId, "use POST", { allow: "POST" });
    if (!/^application\/json(?:\s*;|$)/i.test(request.headers.get("content-type") ?? "")) {
      return failure(415, requestId, "send application/json");
    }
    const asked = parseTokenReview(body);
    return answerVerdict(await review(parts.verifier, asked.token), asked, requestId, parts);
  } catch (thrown) {
    return answerFailure(thrown, requestId, parts);
  }
}

function answerVerdict(
  verdict: Verdict,
  { apiVersion }: TokenReviewRequest,
  requestId: string,
  { scrubber, log }: AuthenticateParts,
): Answer {
  switch (verdict.kind) {
    case "allowed": {
      const { identity, user } = verdict;
      const hidden = scrubber.hides(identity);
      const { arn, accessKeyId } = scrubber.loggable(identity);
      log.info("login allowed", {
        requestId,
        reason: "allowed",
        cloud: identity.cloud,
        arn,
        accessKeyId,
        username: hidden ? SCRUBBED : user.username,
        groups: user.groups,
      });
      const shown = hidden ? { ...user, extra: {} } : user;
      return { result: "success", response: json(200, requestId, formatAuthenticated(apiVersion, shown)) };
    }
    case "not_ours":
      log.debug("token is not ours", { requestId, reason: "not_ours" });
      return { result: "invalid_token", response: json(200, requestId, formatUnauthenticated(apiVersion)) };
    case "refused": {
      const { reason, message, publicMessage, identity } = verdict;
      const shown = identity && scrubber.loggable(identity);
      log.warn("login refused", {
        requestId,
        reason,
        cloud: identity?.cloud,
        arn: shown?.arn,
        accessKeyId: shown?.accessKeyId,
        why: scrubber.scrub(message),
      });
      const text = formatUnauthenticated(apiVersion, `${publicMessage} (request ${requestId})`);
      return { result: RESULT_OF_REFUSAL[reason], response: json(200, requestId, text) };
    }
  }
}

function answerFailure(thrown: unknown, requestId: string, { log }: AuthenticateParts): Answer {
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return failure(408, requestId, "the body did not arrive in time");
  }
  const row = FAILURES.find(({ error }) => thrown instanceof error);
  if (row === undefined) {
    log.error("internal error", { requestId, reason: "internal_error", why: messageOf(thrown) });
    return { ...failure(500, requestId, "internal error"), result: "internal_error" };
  }
  const { code, message, publicMessage } = thrown as PublicError;
  log.warn("no decision", { requestId, reason: code, why: message });
  return { ...failure(row.status, requestId, publicMessage), result: row.result };
}
