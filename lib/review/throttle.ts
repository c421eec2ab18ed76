/**
 * Which access keys STS has throttled, on which host. Their calls wait, and nobody else's: whoever sends tokens of one
 * throttled key all day must not keep others out.
 *
 * @module
 */

import { ownText } from "./own_text.ts";

/** How long a key's calls pause after STS asked for fewer: kube-apiserver's retries must not reach STS meanwhile. */
const PAUSE_MS = 1_000;

/** From this many throttled keys on, it is not the keys: the host wants fewer calls from this server. */
const MANY_KEYS = 64;

/** A call that may have to wait. */
export interface ThrottledCall {
  /** Trust: from our table or the operator's configuration. */
  readonly host: string;
  /** Trust: the caller chose it. */
  readonly accessKeyId: string;
}

/** The keys that pause. */
export interface Throttle {
  /**
   * Whether a call must wait: one of a key that was throttled, and where many were, of any key that STS has not
   * confirmed: one caller can have many keys, and must not make others wait by them.
   */
  isPaused(call: ThrottledCall, isConfirmed: boolean): boolean;
  /** The host asked for fewer calls of this key. */
  pause(call: ThrottledCall): void;
}

/** Starts with none. @param nowMs a clock that only goes forward */
export function createThrottle(nowMs: () => number): Throttle {
  /** For each host, until when each key pauses; the one that was paused first comes first. */
  const hosts = new Map<string, Map<string, number>>();
  const pausedOn = (host: string) => {
    const paused = hosts.get(host);
    if (paused === undefined) return undefined;
    for (const [accessKeyId, untilMs] of paused) {
      if (nowMs() < untilMs) return paused;
      paused.delete(accessKeyId);
    }
    return paused;
  };
  return {
    isPaused({ host, accessKeyId }, isConfirmed) {
      const paused = pausedOn(host);
      if (paused === undefined) return false;
      return paused.has(accessKeyId) || (!isConfirmed && paused.size >= MANY_KEYS);
    },
    pause({ host, accessKeyId }) {
      const paused = pausedOn(host) ?? new Map<string, number>();
      hosts.set(host, paused);
      paused.delete(accessKeyId);
      paused.set(ownText(accessKeyId), nowMs() + PAUSE_MS);
    },
  };
}
