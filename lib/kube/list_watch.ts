/**
 * Follows a collection: lists it, watches it, and comes back from whatever goes wrong, for as long as it is asked to.
 *
 * The rules: what a watch missed is asked for from its last event on; where that cannot be had, everything is listed
 * again, which also tells what was deleted. Failures in a row wait longer and longer, each instance a little else.
 *
 * @module
 */

import type { World } from "../world.ts";
import { createBackoff, waitAfterMs } from "./backoff.ts";
import type { KubeConnection } from "./connection.ts";
import { delay } from "../time.ts";
import { KubeError } from "./kube_error.ts";
import { listAll } from "./list.ts";
import type { ChangeType, KubeObject } from "./object.ts";
import { type Following, LIST_WATCH_LIMITS, type ListTarget, type ListWatchLimits } from "./target.ts";
import { watch } from "./watch.ts";

/** Watches in a row that brought nothing and broke; then everything is listed again, whatever the reason was. */
const BARREN_WATCHES = 5;

/** A watch that lasted this long was no failure, whatever it brought and however it ended; or half of what it should. */
const STEADY_MS = 10_000;

/** How much the length of watches differs, so that those of several instances do not end together. */
const WATCH_JITTER = 0.1;

/** Who hears of the collection. What they throw ends it all. */
export interface ListWatchHandlers<Item> {
  /** What to keep of an object of a list, which itself is then forgotten. */
  read(object: KubeObject): Item;
  /** The whole collection: what is not in it is gone. */
  onSync(items: readonly Item[]): void | Promise<void>;
  /** One change. `DELETED` brings the object as it last was. A change may be reported twice. */
  onChange(type: ChangeType, object: KubeObject): void;
  /**
   * Why nothing new is heard, once for each reason, and `undefined` when that is over. What was reported before is still
   * the last that is known. An interruption that the next try mends is not told.
   */
  onTrouble(why: string | undefined): void;
  /** A try failed, perhaps for a reason that is reported already. The same interruptions are left out. */
  onFailure?(error: KubeError): void;
}

/** What it lives with. */
export interface ListWatchOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly world: World;
  /** What was told as trouble before, and is not over: by another following of the same collection. Default: nothing. */
  readonly told?: string | undefined;
  /** For jitter; default: `Math.random`. */
  readonly random?: () => number;
  /** Default: {@linkcode LIST_WATCH_LIMITS}. */
  readonly limits?: Partial<ListWatchLimits>;
}

/** What went wrong, and whether the next try is likely to mend it. */
interface Failure {
  readonly error: KubeError;
  readonly isInterruption: boolean;
}

/** Follows the collection until the signal aborts; resolves then. Rejects only with what the handlers throw. */
export async function listWatch<Item>(
  connection: KubeConnection,
  target: ListTarget,
  handlers: ListWatchHandlers<Item>,
  { signal, world, told, random = Math.random, limits: changed = {} }: ListWatchOptions,
): Promise<void> {
  const limits = { ...LIST_WATCH_LIMITS, ...changed };
  const following: Following = { connection, target, world, limits, stop: signal };
  const backoff = createBackoff({ minMs: limits.minWaitMs, maxMs: limits.maxWaitMs }, random);
  const tellTrouble = oncePerReason(handlers.onTrouble, told);
  const beganAtMs = world.elapsedMs();
  let version: string | undefined;
  let wasSynced = false;

  const sync = async (): Promise<Failure | undefined> => {
    const list = await listAll(following, handlers.read).catch(asFailure);
    if ("error" in list) return list;
    version = list.resourceVersion;
    wasSynced = true;
    await handlers.onSync(list.items);
    return undefined;
  };

  const follow = async (from: string): Promise<Failure | undefined> => {
    const startedAtMs = world.elapsedMs();
    const seconds = Math.max(1, Math.round(limits.watchSeconds * (1 + WATCH_JITTER * (2 * random() - 1))));
    let wasOpen = false;
    let isBarren = true;
    const end = await watch({
      ...following,
      resourceVersion: from,
      seconds,
      onOpen() {
        wasOpen = true;
        tellTrouble(undefined);
      },
      onEvent(event) {
        if (event.type !== "BOOKMARK") handlers.onChange(event.type, event.object);
        const now = event.type === "BOOKMARK" ? event.resourceVersion : event.object.metadata.resourceVersion;
        if (now === version) return;
        version = now;
        isBarren = false;
        backoff.reset();
      },
    });
    const isSteady = world.elapsedMs() - startedAtMs >= Math.min(STEADY_MS, seconds * 500);
    if (wasOpen && isSteady) backoff.reset();
    if (end.kind === "lost" || backoff.failures() + 1 >= BARREN_WATCHES) version = undefined;
    if (end.kind !== "ended") return { error: end.error, isInterruption: wasOpen || end.error.status === 410 };
    return isBarren && !isSteady ? { error: endedAtOnce(following), isInterruption: true } : undefined;
  };

  while (!signal.aborted) {
    try {
      const failure = version === undefined ? await sync() : await follow(version);
      if (failure === undefined) continue;
      if (!failure.isInterruption || backoff.failures() > 0) {
        handlers.onFailure?.(failure.error);
        tellTrouble(failure.error.message);
      }
      const isEarly = !wasSynced && world.elapsedMs() - beganAtMs < limits.firstMs;
      const waitMs = waitAfterMs(failure.error, { backoff, random, refusedWaitMs: limits.refusedWaitMs });
      const isRefused = failure.error.status === 403;
      await delay(isEarly && isRefused ? Math.min(waitMs, limits.firstRefusedWaitMs) : waitMs, signal);
    } catch (thrown) {
      if (!(signal.aborted && thrown === signal.reason)) throw thrown;
    }
  }
}

function asFailure(thrown: unknown): Failure {
  if (!(thrown instanceof KubeError)) throw thrown;
  return { error: thrown, isInterruption: thrown.status === 410 };
}

function endedAtOnce({ target, connection }: Following): KubeError {
  return new KubeError(`Cannot watch "${target.path}" at "${connection.server}": it ends every watch at once`);
}

function oncePerReason(
  tell: (why: string | undefined) => void,
  first: string | undefined,
): (why: string | undefined) => void {
  let told = first;
  return (why) => {
    if (why === told) return;
    told = why;
    tell(why);
  };
}
