/**
 * Writes the status of custom resources, one at a time and behind everything else: a review never waits for it.
 *
 * Every server on every node has one, without a leader (ADR 17): a write holds for the object as it was read alone, so of
 * two writers the later finds the work done.
 *
 * @module
 */

import { createBackoff, jittered, waitAfterMs } from "../../kube/backoff.ts";
import type { KubeConnection } from "../../kube/connection.ts";
import { KubeError } from "../../kube/kube_error.ts";
import type { KubeObject } from "../../kube/object.ts";
import { applyStatus, getObject } from "../../kube/object_status.ts";
import { createExpiringMap } from "../../expiring_map.ts";
import type { ResourceStatus } from "../../mapping/forms/resource_status.ts";
import { delay, linkedController } from "../../time.ts";
import type { World } from "../../world.ts";

/** Before a row of writes, at most: changes come together, and one of several servers is the first. */
const SETTLE_MS = 1_000;

/** Between two resources: at most 50 a second, so that 100,000 new ones are no load to speak of. */
const PAUSE_MS = 20;

/** Waits after failures. */
const LIMITS = { minMs: 1_000, maxMs: 60_000 };
const REFUSED_WAIT_MS = 60_000;

/** How long the same is not written to one resource again: another program may disagree, and we are not to fight it. */
const TRUCE_MS = 600_000;

/** Most resources whose last write is remembered. */
const MAX_REMEMBERED = 10_000;

/** Takes names of resources whose status may have to be written. */
export interface StatusWriter {
  /** Has a look at the resource soon. A name that waits already waits once. */
  enqueue(name: string): void;
  /** Why nothing is written, where that is so. */
  trouble(): string | undefined;
  /** Resolves once the signal has aborted and nothing is under way. */
  readonly ended: Promise<void>;
}

/** What it writes, and with what. */
export interface StatusWriterOptions {
  readonly connection: KubeConnection;
  /** Of the collection. */
  readonly path: string;
  /** What the object should say; `undefined` where it says so. */
  readonly newStatus: (object: KubeObject) => ResourceStatus | undefined;
  /** Nothing could be written, and why; reported once for each reason. */
  readonly onTrouble: (why: string) => void;
  readonly world: World;
  readonly signal: AbortSignal;
  /** For jitter; default: `Math.random`. */
  readonly random?: () => number;
}

/** Starts one. */
export function startStatusWriter(options: StatusWriterOptions): StatusWriter {
  const { onTrouble, signal, random = Math.random } = options;
  const waiting = new Set<string>();
  const inTruce = new Set<string>();
  const backoff = createBackoff(LIMITS, random);
  const write = createWrite(options);
  let wake = () => {};
  let trouble: string | undefined;

  const tell = (why: string | undefined) => {
    if (why !== undefined && why !== trouble) onTrouble(why);
    trouble = why;
  };
  const writeNext = async (name: string) => {
    waiting.delete(name);
    try {
      const outcome = await write(name);
      if (outcome === "truce") inTruce.add(name);
      if (outcome !== "tried") return;
      backoff.reset();
      tell(undefined);
      await delay(PAUSE_MS, signal);
    } catch (thrown) {
      if (!(thrown instanceof KubeError)) throw thrown;
      tell(thrown.message);
      // What the API server refuses for what it is will be refused again; the next change of the resource is a new try.
      if (thrown.retryable || thrown.status === 403 || thrown.status === 401) waiting.add(name);
      await delay(waitAfterMs(thrown, { backoff, random, refusedWaitMs: REFUSED_WAIT_MS }), signal);
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      using woken = linkedController(signal);
      wake = () => woken.abort();
      if (waiting.size === 0) await delay(TRUCE_MS, woken.signal);
      if (waiting.size === 0) {
        for (const name of inTruce) waiting.add(name);
        inTruce.clear();
      }
      await delay(jittered(SETTLE_MS, random), signal);
      for (const name of [...waiting]) if (!signal.aborted) await writeNext(name);
    }
  };
  return {
    enqueue(name) {
      waiting.add(name);
      wake();
    },
    trouble: () => trouble,
    ended: run().catch((thrown) => {
      if (!(signal.aborted && thrown === signal.reason)) throw thrown;
    }),
  };
}

/** What became of one resource: nothing had to be written, or it was tried, or it has to wait. */
type Outcome = "right" | "tried" | "truce";

function createWrite(
  { connection, path, newStatus, world, signal }: StatusWriterOptions,
): (name: string) => Promise<Outcome> {
  const written = createExpiringMap<string>({
    maxEntries: MAX_REMEMBERED,
    forMs: TRUCE_MS,
    nowMs: () => performance.now(),
  });
  return async (name) => {
    const at = `${path}/${encodeURIComponent(name)}`;
    const object = await getObject(connection, at, { world, signal });
    const status = object && newStatus(object);
    if (object === undefined || status === undefined) return "right";
    const { conditions: [{ lastTransitionTime: _, ...ready }], ...rest } = status;
    const key = JSON.stringify([object.metadata.uid, ready, rest]);
    if (written.get(name) === key) return "truce";
    if (await applyStatus(connection, { path: at, object, status }, { world, signal }) === "written") {
      written.set(name, key);
    }
    return "tried";
  };
}
