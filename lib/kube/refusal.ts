/**
 * Answers of a Kubernetes API that are not what was asked for: read under a cap, and said in its own words.
 *
 * @module
 */

import { readBodyCapped } from "../http.ts";
import type { World } from "../world.ts";
import { KubeError } from "./kube_error.ts";

/** Largest refusal that is read; a `Status` has under 1 KiB. */
const MAX_REFUSAL_BYTES = 65_536;

/** How much of the API server's own words is repeated. */
const MAX_REASON_CHARS = 500;

/** Longest wait that is granted; kube-apiserver asks for 1 s. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Makes the error of an answer that is no success, and reads it to its end. @throws the signal's reason */
export async function errorOf(
  response: Response,
  { attempt, signal, world }: { readonly attempt: string; readonly signal: AbortSignal; readonly world: World },
): Promise<KubeError> {
  const text = await textIn(response, signal);
  const said = messageIn(text);
  const { status, headers } = response;
  return new KubeError(
    `${attempt}: it answers ${status}${said && `: ${said}`}${status === 404 ? NOT_FOUND_HINT : ""}`,
    {
      status,
      said,
      isAbsence: status === 404 && isAbsence(text),
      retryable: status === 429 || status >= 500,
      retryAfterMs: retryAfterMs(headers.get("retry-after"), world.now()),
    },
  );
}

const NOT_FOUND_HINT = "; check that the resource is installed";

/** A wait that a server asks for, in seconds or as a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/**
 * What the API server says in a refusal: the message of its `Status`, or nothing. Trust: the API server, or a proxy in
 * front of it, chose the text.
 *
 * @throws the signal's reason
 */
export async function reasonIn(response: Response, signal: AbortSignal): Promise<string> {
  return messageIn(await textIn(response, signal));
}

async function textIn(response: Response, signal: AbortSignal): Promise<string> {
  try {
    return new TextDecoder().decode(await readBodyCapped(response.body, MAX_REFUSAL_BYTES, signal));
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

function messageIn(text: string): string {
  const { message } = statusIn(text);
  return typeof message === "string" ? message.slice(0, MAX_REASON_CHARS) : "";
}

/** Whether a 404 is in the words of kube-apiserver, for an object or a kind, or for a path that it does not know. */
function isAbsence(text: string): boolean {
  const { kind, reason } = statusIn(text);
  return (kind === "Status" && reason === "NotFound") || text.trim() === "404 page not found";
}

function statusIn(text: string): { readonly kind?: unknown; readonly reason?: unknown; readonly message?: unknown } {
  try {
    const status: unknown = JSON.parse(text);
    return typeof status === "object" && status !== null ? status : {};
  } catch {
    return {};
  }
}
