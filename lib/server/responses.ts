/**
 * The form of every answer of the server.
 *
 * @module
 */

import type { ReviewResult } from "../telemetry/metrics.ts";

/** A response, and how the review counts. */
export interface Answer {
  readonly response: Response;
  readonly result: ReviewResult;
}

/** A JSON response; the request id ties it to the log. */
export function json(status: number, requestId: string, text: string, headers: HeadersInit = {}): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", "x-request-id": requestId, ...headers },
  });
}

/** A JSON error: fixed text, nothing of the request is in it. */
export function failure(status: number, requestId: string, error: string, headers: HeadersInit = {}): Answer {
  return {
    response: json(status, requestId, JSON.stringify({ error, requestId }), headers),
    result: "malformed_request",
  };
}
