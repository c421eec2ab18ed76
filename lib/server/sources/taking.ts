/**
 * Changes of a mapping source, taken up one at a time and the newest only, with a rest after each that is ten times as
 * long as it took: whoever writes mappings must not be able to keep the server busy.
 *
 * @module
 */

import { delay, linkedController, processTimers, type Timers } from "../../time.ts";

/** How much longer than reading a change the rest after it is. */
const REST_FACTOR = 10;

/** Longest rest, in milliseconds. */
const MAX_REST_MS = 60_000;

/** How long whoever stops waits for what is being taken up, in milliseconds. */
const STOP_MS = 1_000;

/** A source that changes more often than this in a minute is reported. */
const MANY_CHANGES = 30;
const PERIOD_MS = 60_000;

/** How changes are taken up. */
export interface TakingOptions<Change> {
  /** Takes up a change. Must not reject. */
  readonly take: (change: Change) => Promise<void>;
  /** Ends the rests, and the wait for what is being taken up; what waits is then not taken up. */
  readonly signal: AbortSignal;
  /** Default: the process's own. */
  readonly timers?: Pick<Timers, "nowMs">;
}

/** Takes changes up. Each call resolves once its change, or one that came after it, was taken up. */
export interface Taking<Change> {
  /** When the rest is over. */
  offer(change: Change): Promise<void>;
  /** As soon as the one before it is done. */
  demand(change: Change): Promise<void>;
}

/** Makes one. */
export function createTaking<Change>(
  { take, signal, timers = processTimers }: TakingOptions<Change>,
): Taking<Change> {
  let waiting: { change: Change; readonly done: PromiseWithResolvers<void> } | undefined;
  let isBusy = false;
  let restUntilMs = -Infinity;
  let hurry = linkedController(signal);

  const run = async () => {
    isBusy = true;
    while (waiting !== undefined) {
      const restMs = restUntilMs - timers.nowMs();
      if (restMs > 0 && !hurry.signal.aborted) await delay(restMs, hurry.signal);
      const { change, done } = waiting;
      waiting = undefined;
      hurry[Symbol.dispose]();
      hurry = linkedController(signal);
      if (!signal.aborted) {
        const startMs = timers.nowMs();
        await untilAborted(take(change), signal);
        const endMs = timers.nowMs();
        restUntilMs = endMs + Math.min(REST_FACTOR * (endMs - startMs), MAX_REST_MS);
      }
      done.resolve();
    }
    isBusy = false;
  };
  const offer = (change: Change): Promise<void> => {
    waiting = { change, done: waiting?.done ?? Promise.withResolvers() };
    const { promise } = waiting.done;
    if (!isBusy) void run();
    return promise;
  };
  return {
    offer,
    demand(change) {
      hurry.abort();
      return offer(change);
    },
  };
}

/** Whoever stops does not wait long for a reading, of which nobody will hear. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const done = new AbortController();
  const stop = () => void delay(STOP_MS, done.signal).then(stopped.resolve);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  await Promise.race([work, stopped.promise]);
  signal.removeEventListener("abort", stop);
  done.abort();
}

/** Makes a counter of changes, which reports a minute in which there were many: two programs that undo each other. */
export function createChangeCounter(
  report: (changes: number) => void,
  { nowMs }: Pick<Timers, "nowMs"> = processTimers,
): { count(): void } {
  let startMs = nowMs();
  let changes = 0;
  return {
    count() {
      if (nowMs() - startMs >= PERIOD_MS) {
        if (changes >= MANY_CHANGES) report(changes);
        startMs = nowMs();
        changes = 0;
      }
      changes += 1;
    },
  };
}
