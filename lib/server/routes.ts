/**
 * Which path is answered by what. The health listener reads; only the TLS listener reviews.
 *
 * @module
 */

import type { CallerRefusal, Metrics } from "../telemetry/metrics.ts";
import { NO_SPANS } from "../telemetry/spans.ts";
import { authenticate, type AuthenticateParts } from "./authenticate.ts";
import { drain } from "./bodies.ts";
import type { Callers } from "./callers.ts";
import { answerHealth, type Health } from "./health.ts";
import type { Liveness } from "./liveness.ts";
import { failure, withoutBody } from "./responses.ts";
import type { SelfReview } from "./self_review.ts";

/** Answers a request, that came from that address and port. Never rejects for what a client sends. */
export type Handler = (request: Request, client?: string) => Promise<Response>;

/** Answers `/healthz`, `/livez`, `/readyz` and `/metrics`, and nothing else. */
export function readHandler({ health, metrics }: { readonly health: Health; readonly metrics: Metrics }): Handler {
  return async (request) => {
    const url = URL.parse(request.url);
    if (url === null) return malformedUrl();
    const isRead = request.method === "GET" || request.method === "HEAD";
    const answer = isRead ? await answerHealth(url, health, metrics) : undefined;
    if (answer !== undefined) return answer;
    await drain(request);
    return failure(404, crypto.randomUUID(), "no such path").response;
  };
}

/** Answers `/authenticate`, and leaves every other path to another handler. The server's own reviews are not counted. */
export function reviewHandler(
  { isOwn, note, callers, ...parts }:
    & AuthenticateParts
    & { readonly callers: Pick<Callers, "refusalOf"> }
    & Pick<SelfReview, "isOwn">
    & Pick<Liveness, "note">,
  other: Handler,
): Handler {
  const ownParts = {
    ...parts,
    delegation: undefined,
    verifier: { ...parts.verifier, spans: NO_SPANS },
    metrics: { ...parts.metrics, observeReview: () => {} },
  };
  return async (request, client) => {
    const url = URL.parse(request.url);
    if (url === null) return malformedUrl();
    if (url.pathname !== "/authenticate") return await other(request);
    if (isOwn(request)) return await authenticate(request, crypto.randomUUID(), ownParts);
    const refusal = callers.refusalOf(request);
    if (refusal !== undefined) return refuseCaller(request, refusal, { ...parts, client });
    const response = await authenticate(request, crypto.randomUUID(), { ...parts, client });
    note(response.status);
    return response;
  };
}

/**
 * Does not wait for the body: what of it is here already is thrown away, so that the connection can stay, and whoever holds
 * the rest back loses it.
 */
function refuseCaller(
  request: Request,
  reason: CallerRefusal,
  { cappedLog, metrics, client }: Pick<AuthenticateParts, "cappedLog" | "metrics" | "client">,
): Response {
  void drain(request);
  const requestId = crypto.randomUUID();
  cappedLog.warn("caller refused", {
    requestId,
    client,
    reason,
    why: reason === "no_webhook_token"
      ? "it showed no webhook token; if it is kube-apiserver, its webhook kubeconfig had none when it started"
      : "it showed a webhook token that is not accepted; if it is kube-apiserver, it was not restarted since the last change",
    advice:
      'look into the webhook kubeconfig, run "ram-auth webhook-token rotate" if need be, and restart kube-apiserver',
  });
  const { response } = failure(401, requestId, "show the webhook token", { "www-authenticate": "Bearer" });
  metrics.countCallerRefused(reason);
  return response;
}

/** Answers HEAD as another handler answers, without the body: for a listener, as its outermost handler. */
export function answeringHead(handler: Handler): Handler {
  return (request, client) =>
    request.method === "HEAD" ? handler(request, client).then(withoutBody) : handler(request, client);
}

function malformedUrl(): Response {
  return failure(400, crypto.randomUUID(), "the URL is malformed").response;
}
