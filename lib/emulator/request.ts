/**
 * A request as the emulator takes it off the wire: nothing in it tidied up, and no more of it read than the cap allows.
 *
 * @module
 */

import { BodyTooLargeError, readBodyCapped } from "../http.ts";

/** Largest body: the parameters of an action need a few kilobytes; the cap is the one that ram-auth sets for STS answers. */
const MAX_BODY_BYTES = 65_536;

/** A request as it came off the wire. Trust: a stranger chose every field. */
export interface ReceivedRequest {
  readonly method: string;
  /** Everything before the question mark. */
  readonly path: string;
  /** Everything after the question mark, still percent-encoded. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A request, and whether its body is all there; one that is larger than the cap is left out. */
export interface Arrival {
  readonly received: ReceivedRequest;
  readonly isWhole: boolean;
}

/** Takes a request off the wire. */
export async function receive(request: Request): Promise<Arrival> {
  // `URL` would normalise what was signed: the target is taken as it came.
  const [, authority = "", path = "", query = ""] = /^\w+:\/\/([^/?]*)([^?]*)\??(.*)$/s.exec(request.url) ?? [];
  const headers = new Headers(request.headers);
  if (!headers.has("host")) headers.set("host", authority); // HTTP/2 has `:authority` in its place
  const head = { method: request.method, path, query, headers };
  try {
    const body = await readBodyCapped(request.body, MAX_BODY_BYTES);
    return { received: { ...head, body }, isWhole: true };
  } catch (e) {
    if (e instanceof BodyTooLargeError) return { received: { ...head, body: new Uint8Array() }, isWhole: false };
    throw e;
  }
}
