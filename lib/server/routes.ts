/**
 * Which path is answered by what. The health listener reads; only the TLS listener reviews.
 *
 * @module
 */

import type { Metrics } from "../telemetry/metrics.ts";
import { authenticate, type AuthenticateParts } from "./authenticate.ts";
import { drain } from "./bodies.ts";
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
  { isOwn, note, ...parts }: AuthenticateParts & Pick<SelfReview, "isOwn"> & Pick<Liveness, "note">,
  other: Handler,
): Handler {
  const ownParts = { ...parts, delegation: undefined, metrics: { ...parts.metrics, observeReview: () => {} } };
  return async (request, client) => {
    const url = URL.parse(request.url);
    if (url === null) return malformedUrl();
    if (url.pathname !== "/authenticate") return await other(request);
    if (isOwn(request)) return await authenticate(request, crypto.randomUUID(), ownParts);
    const response = await authenticate(request, crypto.randomUUID(), { ...parts, client });
    note(response.status);
    return response;
  };
}

/** Answers HEAD as another handler answers, without the body: for a listener, as its outermost handler. */
export function answeringHead(handler: Handler): Handler {
  return (request, client) =>
    request.method === "HEAD" ? handler(request, client).then(withoutBody) : handler(request, client);
}

function malformedUrl(): Response {
  return failure(400, crypto.randomUUID(), "the URL is malformed").response;
}
