/**
 * Asks STS, under a deadline, without following anybody anywhere, and not again at once where STS asked for patience.
 *
 * @module
 */

import { type StsCall, StsFault, StsThrottled } from "../clouds/cloud.ts";
import { messageOf } from "../errors.ts";
import { exchange } from "../http.ts";
import type { World } from "../world.ts";
import type { Identity } from "../identity/identity.ts";

/** Deadline of one call. Two of them stay under the 5 s that let kube-apiserver's own five tries fit. */
const CALL_DEADLINE_MS = 2_000;

/** Calls per review: the second one goes over a new connection, for when a proxy has dropped an idle one. */
const TRIES = 2;

/** Largest answer; GetCallerIdentity's has under 1 KiB. */
const MAX_ANSWER_BYTES = 65_536;

/** How long no call is made after STS asked for fewer: kube-apiserver's tries must not reach it meanwhile. */
const THROTTLE_PAUSE_MS = 1_000;

/** What happened to a call, for metrics. */
export type StsOutcome =
  | { readonly kind: "answered"; readonly region: string; readonly status: number; readonly throttled: boolean }
  | { readonly kind: "failed"; readonly region: string };

/** Asks STS who signed a call. */
export interface StsClient {
  /**
   * @throws {StsDenied} if STS refused the caller
   * @throws {StsThrottled} if STS asks for fewer calls, or did so within the last second
   * @throws {StsFault} if STS cannot be reached, is late, or answers what it never answers
   */
  ask(call: StsCall): Promise<Identity>;
}

/** Makes a client. `httpClient` decides which roots are trusted; it belongs to the caller. */
export function createStsClient(
  world: World,
  httpClient: Deno.HttpClient,
  observe: (outcome: StsOutcome) => void = () => {},
): StsClient {
  const limits = {
    world,
    client: httpClient,
    tries: TRIES,
    deadlineMs: CALL_DEADLINE_MS,
    maxBytes: MAX_ANSWER_BYTES,
  };
  let pausedUntilMs = 0;
  return {
    async ask(call) {
      if (world.now().getTime() < pausedUntilMs) {
        throw new StsThrottled("Cannot verify the token: STS asked for fewer calls less than a second ago");
      }
      const { host, target, method, headers } = call;
      const answer = await exchange({ url: `https://${host}${target}`, method, headers }, limits).catch((cause) => {
        observe({ kind: "failed", region: call.region });
        throw new StsFault(`Cannot verify the token: no answer from STS at "${host}": ${messageOf(cause)}`, {
          cause,
        });
      });
      let throttled = false;
      try {
        return call.readAnswer(answer);
      } catch (refusal) {
        throttled = refusal instanceof StsThrottled;
        if (throttled) pausedUntilMs = world.now().getTime() + THROTTLE_PAUSE_MS;
        throw refusal;
      } finally {
        observe({ kind: "answered", region: call.region, status: answer.status, throttled });
      }
    },
  };
}
