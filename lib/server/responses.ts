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

/**
 * What a HEAD request gets (RFC 9110, section 9.3.2): status and headers of the answer to a GET, and no body. Deno.serve
 * resets the stream of HTTP/2 where it is left to it to drop the body.
 */
export async function withoutBody(response: Response): Promise<Response> {
  const { status, headers } = response;
  const { byteLength } = await response.arrayBuffer();
  return new Response(null, { status, headers: { ...Object.fromEntries(headers), "content-length": `${byteLength}` } });
}
