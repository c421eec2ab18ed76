/**
 * Questions that are collected and asked together, at a rate.
 *
 * @module
 */

import { type Timers, within } from "../../time.ts";
import { createTokenBucket, type Rate } from "../../token_bucket.ts";

/** How long questions are collected: nodes that boot together ask within seconds, and a login must not wait. */
const COLLECT_MS = 10;

/** How long one call may take, before the same may be asked again. */
const CALL_DEADLINE_MS = 2_000;

/** How questions are asked. */
export interface BatchOptions {
  /** Asks about some ids at once; what is not in the answer is not known. May reject with any error. */
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Most ids in one call. */
  readonly maxIds: number;
  /** Most ids that wait for an answer. */
  readonly maxWaiting: number;
  /** Of calls; asked each time. */
  readonly rate: () => Rate;
  readonly timers: Timers;
}

/**
 * Makes the function that asks about one id. While its answer is on the way, the same id is not asked about again.
 *
 * It rejects with what `ask` rejected with, if the call was late, or if too many wait.
 */
export function createBatches(
  { ask, maxIds, maxWaiting, rate, timers }: BatchOptions,
): (id: string) => Promise<string | undefined> {
  const bucket = createTokenBucket(rate, timers.nowMs);
  const waiting = new Map<string, PromiseWithResolvers<string | undefined>>();
  const collected: string[] = [];
  let isScheduled = false;

  const schedule = () => {
    if (isScheduled || collected.length === 0) return;
    isScheduled = true;
    timers.after(Math.max(COLLECT_MS, bucket.waitMs()), () => {
      isScheduled = false;
      bucket.take();
      void call(collected.splice(0, maxIds));
      schedule();
    });
  };
  const call = async (ids: readonly string[]) => {
    try {
      const late = `no answer within ${CALL_DEADLINE_MS / 1_000} seconds`;
      const answers = await within(timers, CALL_DEADLINE_MS, ask(ids), late);
      settle(ids, ({ resolve }, id) => resolve(answers.get(id)));
    } catch (cause) {
      settle(ids, ({ reject }) => reject(cause));
    }
  };
  const settle = (ids: readonly string[], act: (one: PromiseWithResolvers<string | undefined>, id: string) => void) => {
    for (const id of ids) {
      const one = waiting.get(id);
      waiting.delete(id);
      if (one !== undefined) act(one, id);
    }
  };

  return (id) => {
    const same = waiting.get(id);
    if (same !== undefined) return same.promise;
    if (waiting.size >= maxWaiting) return Promise.reject(new Error(`${maxWaiting} others wait for an answer`));
    const one = Promise.withResolvers<string | undefined>();
    waiting.set(id, one);
    collected.push(id);
    schedule();
    return one.promise;
  };
}
