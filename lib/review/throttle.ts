/**
 * Which access keys STS has throttled. Their calls wait, and nobody else's: whoever sends tokens of one throttled key all
 * day must not keep others out.
 *
 * @module
 */

/** How long a key's calls pause after STS asked for fewer: kube-apiserver's retries must not reach STS meanwhile. */
const PAUSE_MS = 1_000;

/** From this many throttled keys on, it is not the keys: STS wants fewer calls from this server, so that all pause. */
const MANY_KEYS = 64;

/** The keys that pause. */
export interface Throttle {
  /** Whether a call of this key must wait. Trust: the caller chose the key id. */
  isPaused(accessKeyId: string): boolean;
  /** STS asked for fewer calls of this key. */
  pause(accessKeyId: string): void;
}

/** Starts with none. @param nowMs a clock that only goes forward */
export function createThrottle(nowMs: () => number): Throttle {
  /** Until when each pauses; the one that was paused first comes first. */
  const paused = new Map<string, number>();
  const forgetEnded = () => {
    for (const [accessKeyId, untilMs] of paused) {
      if (nowMs() < untilMs) return;
      paused.delete(accessKeyId);
    }
  };
  return {
    isPaused(accessKeyId) {
      forgetEnded();
      return paused.size >= MANY_KEYS || paused.has(accessKeyId);
    },
    pause(accessKeyId) {
      forgetEnded();
      paused.delete(accessKeyId);
      paused.set(accessKeyId, nowMs() + PAUSE_MS);
    },
  };
}
