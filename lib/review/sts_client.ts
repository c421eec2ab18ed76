/**
 * Asks STS, under a deadline, without following anybody anywhere, and not again at once where STS asked for patience.
 *
 * @module
 */

import { type StsAnswer, type StsCall, StsFault, StsThrottled } from "../clouds/cloud.ts";
import type { Identity } from "../identity/identity.ts";
import type { World } from "../world.ts";
import type { HttpsClient } from "./https/client.ts";
import { causesOf, HttpsError } from "./https/failure.ts";
import { type CallRates, createLimiter } from "./limiter.ts";
import { createThrottle } from "./throttle.ts";

/** Deadline of one call, a second try included. It stays under the 5 s that let kube-apiserver's own five tries fit. */
const CALL_DEADLINE_MS = 4_000;

/** Largest answer; GetCallerIdentity's has under 1 KiB. */
const MAX_ANSWER_BYTES = 65_536;

/** What happened to a call, for metrics. */
export type StsOutcome =
  | { readonly kind: "answered"; readonly region: string; readonly status: number; readonly throttled: boolean }
  | { readonly kind: "failed"; readonly region: string };

/** Asks STS who signed a call. */
export interface StsClient {
  /**
   * @throws {StsDenied} if STS refused the caller
   * @throws {StsThrottled} if STS asks for fewer calls, or did so for this access key within the last second
   * @throws {RateLimited} if there are too many calls already
   * @throws {StsFault} if STS cannot be reached, is late, or answers what it never answers
   */
  ask(call: StsCall): Promise<Identity>;
}

/** How a client asks. */
export interface StsClientOptions {
  /** Default: no limits, for a person who asks once. */
  readonly rates?: CallRates;
  readonly observe?: (outcome: StsOutcome) => void;
}

const NO_LIMITS: CallRates = { server: 1e9, key: 1e9 };

/** Makes a client. `https` decides which roots are trusted; it belongs to the caller. */
export function createStsClient(
  { elapsedMs }: Pick<World, "elapsedMs">,
  https: HttpsClient,
  { rates = NO_LIMITS, observe = () => {} }: StsClientOptions = {},
): StsClient {
  const throttle = createThrottle(elapsedMs);
  const limiter = createLimiter(rates, elapsedMs);
  return {
    async ask(call) {
      if (throttle.isPaused(call, limiter.isConfirmed(call.accessKeyId))) {
        throw new StsThrottled(
          "Cannot verify the token: STS throttled its access key, or many others, less than a second ago",
        );
      }
      limiter.take(call.accessKeyId);
      const answer = await send(https, call).catch((cause) => {
        observe({ kind: "failed", region: call.region });
        const why = cause instanceof HttpsError ? cause.why : causesOf(cause);
        throw new StsFault(`Cannot verify the token: no answer from STS at "${call.host}": ${why}`, { cause });
      });
      let throttled = false;
      try {
        const identity = call.readAnswer(answer);
        limiter.confirm(call.accessKeyId);
        return identity;
      } catch (refusal) {
        throttled = refusal instanceof StsThrottled;
        if (throttled) throttle.pause(call);
        throw refusal;
      } finally {
        observe({ kind: "answered", region: call.region, status: answer.status, throttled });
      }
    },
  };
}

async function send(https: HttpsClient, { host, method, target, headers }: StsCall): Promise<StsAnswer> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DOMException("The time is up", "TimeoutError")), CALL_DEADLINE_MS);
  try {
    const limits = { maxBodyBytes: MAX_ANSWER_BYTES, signal: deadline.signal };
    return await https.exchange({ host, method, target, headers }, limits);
  } finally {
    clearTimeout(timer);
  }
}
