/**
 * How many calls to STS may be made: of one access key, and of all (ADR 28). Anybody can invent access keys, so that keys
 * which STS has confirmed come first where calls are short.
 *
 * @module
 */

import { PublicError } from "../errors.ts";
import { createExpiringMap } from "../expiring_map.ts";
import { createTokenBucket, type TokenBucket } from "../token_bucket.ts";
import { ownText } from "./own_text.ts";

/** How many seconds' worth of calls an access key may make at once. */
const KEY_BURST_SECONDS = 2;

/** Most access keys whose calls are counted. The server's own rate keeps them below, unless it is set very high. */
const MAX_KEYS = 16_384;

/** How long, and of how many access keys, is remembered that STS confirmed them. */
const CONFIRMED_FOR_MS = 3_600_000;
const MAX_CONFIRMED = 16_384;

/** More logins than STS is asked about. */
export class RateLimited extends PublicError {
  readonly code = "ERR_RATE_LIMITED";
  readonly publicMessage = "too many logins; try again in a moment";
  override readonly retryable = true;
}

/** Lets calls pass, or not. */
export interface Limiter {
  /**
   * Takes note of a call that is about to be made.
   *
   * @param accessKeyId trust: the caller chose it
   * @throws {RateLimited} if it may not be made
   */
  take(accessKeyId: string): void;
  /** STS said who the key belongs to. */
  confirm(accessKeyId: string): void;
  /** Whether STS did so in the last hour. */
  isConfirmed(accessKeyId: string): boolean;
}

/** Calls a second, each at least 1. */
export interface CallRates {
  /** Of the server. It may save up the calls of one second; half of those are for keys that STS has confirmed. */
  readonly server: number;
  /** Of one access key. It may save up the calls of two seconds. */
  readonly key: number;
}

/** Starts with all that may be saved up. `rates` is asked each time. @param nowMs a clock that only goes forward */
export function createLimiter(rates: () => CallRates, nowMs: () => number): Limiter {
  const ofAll = () => ({ perSecond: rates().server, burst: rates().server });
  const ofOneKey = () => ({ perSecond: rates().key, burst: rates().key * KEY_BURST_SECONDS });
  const all = createTokenBucket(ofAll, nowMs);
  // What was not used for so long is full again, and may be forgotten.
  const keys = createExpiringMap<TokenBucket>({ maxEntries: MAX_KEYS, forMs: KEY_BURST_SECONDS * 1_000, nowMs });
  const confirmed = createExpiringMap<true>({ maxEntries: MAX_CONFIRMED, forMs: CONFIRMED_FOR_MS, nowMs });
  const isConfirmed = (accessKeyId: string) => confirmed.get(accessKeyId) === true;
  return {
    take(accessKeyId) {
      const ofKey = keys.get(accessKeyId) ?? createTokenBucket(ofOneKey, nowMs);
      if (ofKey.waitMs() > 0) {
        throw new RateLimited(
          `Cannot verify the token: its access key makes more than ${rates().key} calls to STS a second; look for a ` +
            "client that logs in in a loop",
        );
      }
      // Of one call a second none is reserved: whoever is not confirmed could never become so.
      if (all.waitMs(isConfirmed(accessKeyId) ? 0 : Math.floor(rates().server / 2)) > 0) {
        throw new RateLimited(
          `Cannot verify the token: there are more than ${rates().server} calls to STS a second; look for a client that ` +
            "sends many tokens",
        );
      }
      all.take();
      ofKey.take();
      keys.set(ownText(accessKeyId), ofKey);
    },
    confirm: (accessKeyId) => confirmed.set(ownText(accessKeyId), true),
    isConfirmed,
  };
}
