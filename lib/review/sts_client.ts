/**
 * Asks STS, under a deadline, without following anybody anywhere, and not again at once where STS asked for patience.
 *
 * @module
 */

import { type StsAnswer, type StsCall, StsFault, StsThrottled } from "../clouds/cloud.ts";
import type { Identity } from "../identity/identity.ts";
import { NO_SPANS, type Spans } from "../telemetry/spans.ts";
import { processTimers } from "../time.ts";
import type { World } from "../world.ts";
import type { HttpsClient } from "./https/client.ts";
import { causesOf, HttpsError, type HttpsProblem } from "./https/failure.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { type CallRates, createLimiter } from "./limiter.ts";
import { createThrottle } from "./throttle.ts";

/**
 * Deadline of one call, a wait for its turn and a second try included. With the 2 s that the name of an instance may take
 * it stays under the 5 s that let kube-apiserver's own five tries fit.
 */
const CALL_DEADLINE_MS = 2_800;

/** Largest answer; GetCallerIdentity's has under 1 KiB. */
const MAX_ANSWER_BYTES = 65_536;

/** A host with which something like this happens has answered, though not well: whoever asks can bring that about. */
const ANSWERED: ReadonlySet<HttpsProblem> = new Set(["malformed", "too_large"]);

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
  /** Asked each time. Default: no limits, for a person who asks once. */
  readonly rates?: () => CallRates;
  /** Default: one of its own. */
  readonly breaker?: Breaker;
  readonly observe?: (outcome: StsOutcome) => void;
  /** Default: nobody traces. */
  readonly spans?: Spans;
}

const NO_LIMITS: CallRates = { server: 1e9, key: 1e9 };

/** Makes a client. `https` decides which roots are trusted; it belongs to the caller. */
export function createStsClient(
  { elapsedMs }: Pick<World, "elapsedMs">,
  https: HttpsClient,
  {
    rates = () => NO_LIMITS,
    breaker = createBreaker({ timers: { ...processTimers, nowMs: elapsedMs } }),
    observe = () => {},
    spans = NO_SPANS,
  }: StsClientOptions = {},
): StsClient {
  const throttle = createThrottle(elapsedMs);
  const limiter = createLimiter(rates, elapsedMs);

  /** Sends the call as soon as its host may be asked. */
  const send = async (call: StsCall, isConfirmed: boolean): Promise<StsAnswer> => {
    const { host } = call;
    const startedAtMs = elapsedMs();
    const turn = await breaker.enter({ host, isConfirmed });
    try {
      const answer = await exchange(https, call, CALL_DEADLINE_MS - (elapsedMs() - startedAtMs));
      turn.end();
      return answer;
    } catch (cause) {
      const why = cause instanceof HttpsError ? cause.why : causesOf(cause);
      turn.end(cause instanceof HttpsError && ANSWERED.has(cause.problem) ? undefined : why);
      throw new StsFault(`Cannot verify the token: no answer from STS at "${host}": ${why}`, { cause });
    }
  };

  return {
    async ask(call) {
      const isConfirmed = limiter.isConfirmed(call.accessKeyId);
      if (throttle.isPaused(call, isConfirmed)) {
        throw new StsThrottled(
          "Cannot verify the token: STS throttled its access key, or many others, less than a second ago",
        );
      }
      const answer = await Promise.try(() => {
        breaker.check({ host: call.host, isConfirmed });
        limiter.take(call.accessKeyId);
        return spans.part("ask STS", async () => {
          spans.set({ "server.address": call.host });
          const answer = await send(call, isConfirmed);
          spans.set({ "http.response.status_code": answer.status });
          return answer;
        }, true);
      }).catch((failure) => {
        if (failure instanceof StsFault) observe({ kind: "failed", region: call.region });
        throw failure;
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

async function exchange(
  https: HttpsClient,
  { host, method, target, headers }: StsCall,
  deadlineMs: number,
): Promise<StsAnswer> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DOMException("The time is up", "TimeoutError")), deadlineMs);
  try {
    const limits = { maxBodyBytes: MAX_ANSWER_BYTES, signal: deadline.signal };
    return await https.exchange({ host, method, target, headers }, limits);
  } finally {
    clearTimeout(timer);
  }
}
