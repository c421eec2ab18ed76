/**
 * A token that is none of ours, where there is a delegate: what kube-apiserver sees of its verdict, and what is written
 * down.
 *
 * @module
 */

import { messageOf, PublicError } from "../errors.ts";
import type { Scrubber } from "../mapping/scrub.ts";
import { quoted, sentence } from "../quote.ts";
import { formatAuthenticated, formatUnauthenticated, type TokenReviewRequest } from "../review/token_review.ts";
import type { Log } from "../telemetry/log.ts";
import type { Audit, AuditRecord } from "./audit.ts";
import type { Delegation } from "./delegation/delegation.ts";
import { type Answer, json } from "./responses.ts";

/** What answers with. */
export interface DelegatedParts {
  readonly delegation: Pick<Delegation, "review">;
  readonly scrubber: Scrubber;
  /** Takes each decision about somebody whom the delegate knows. */
  readonly log: Log;
  /** Takes what any client can repeat at will: it is capped. */
  readonly cappedLog: Log;
  readonly audit: Audit;
  readonly client?: string | undefined;
}

/**
 * Has the delegate judge a token, and answers.
 *
 * @throws {PublicError} if it does not; that is in the audit log then
 */
export async function answerDelegated(
  asked: TokenReviewRequest,
  requestId: string,
  { delegation, scrubber, log, cappedLog, audit, client }: DelegatedParts,
): Promise<Answer> {
  const verdict = await delegation.review(asked);
  const note = (record: Pick<AuditRecord, "event" | "reason"> & Partial<Pick<AuditRecord, "user" | "why">>) => {
    const { credentialId } = verdict;
    audit({
      requestId,
      credentialId,
      client,
      cloud: undefined,
      identity: undefined,
      user: undefined,
      why: undefined,
      ...record,
    });
  };
  const unauthenticated = (error?: string) =>
    json(200, requestId, formatUnauthenticated(asked.apiVersion, error && `${error} (request ${requestId})`));
  switch (verdict.kind) {
    case "allowed": {
      const { user, audiences } = verdict;
      const shown = {
        username: scrubber.scrub(user.username),
        groups: user.groups.map((group) => scrubber.scrub(group)),
      };
      log.info("login allowed", { requestId, client, reason: "delegated", ...shown });
      note({ event: "allowed", reason: "delegated", user: shown });
      const text = formatAuthenticated(asked.apiVersion, user, audiences.length === 0 ? undefined : audiences);
      return { result: "delegated", response: json(200, requestId, text) };
    }
    case "denied": {
      const { error } = verdict;
      const why = error && scrubber.scrub(`the delegate said ${quoted(sentence(error))}`);
      cappedLog.info("token not known to the delegate", { requestId, client, reason: "delegate_denied", why });
      note({ event: "refused", reason: "delegate_denied", ...(why && { why }) });
      // With an error, the API server forgets the answer at once, as it would that of the delegate.
      return {
        result: "delegate_denied",
        response: unauthenticated(error && "the delegate webhook refused the token"),
      };
    }
    case "refused": {
      const { message, publicMessage } = verdict.failure;
      const why = scrubber.scrub(message);
      log.warn("login refused", { requestId, client, reason: "delegate_refused", why });
      note({ event: "refused", reason: "delegate_refused", why });
      return { result: "delegate_refused", response: unauthenticated(publicMessage) };
    }
    case "undecided": {
      const { failure } = verdict;
      const reason = failure instanceof PublicError ? failure.code : "internal_error";
      note({ event: "undecided", reason, why: scrubber.scrub(messageOf(failure)) });
      throw failure;
    }
  }
}
