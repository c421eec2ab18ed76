/**
 * The way back from a change that did not come to its end.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { noteRolledBack, originalPathOf } from "./backup.ts";
import type { Target } from "./node_type.ts";
import { restartService } from "./running/restart.ts";
import { type Swap, swapText } from "./target_file.ts";
import { type ApiserverTask, noteIfPossible, whereToLook } from "./task.ts";
import { awaitApiserver, type Watch } from "./wait.ts";

/** How long a restart may take to be asked for at the end. */
const LAST_RESTART_MS = 5_000;

/**
 * Puts the file back after the API server did not get healthy, and waits for that.
 *
 * @returns never: what came of it is the error
 */
export async function rollBack(task: ApiserverTask, watch: Watch, change: Swap, reason: string): Promise<never> {
  const { target, timeoutMs, say } = task;
  const { path } = target;
  const where = whereToLook(target);
  await putBack(task, change, `the API server did not get healthy (${reason})`);
  say(
    `Rolled back: the API server was not healthy within ${
      timeoutMs / 1_000
    } s (${reason}), so "${path}" is as it was; ` +
      where,
  );
  const { isHealthy, state } = await awaitOriginal(task, watch);
  if (isHealthy) {
    throw new ApiserverError(
      `Cannot configure kube-apiserver: it did not get healthy (${reason}), so it was rolled back, and is healthy again ` +
        `without the webhook; ${where}`,
    );
  }
  throw new ApiserverError(
    `Cannot see the API server healthy again after ${
      timeoutMs / 1_000
    } s more (${state}); "${path}" is as it was, so ` +
      `the cause may be another one: ${where}`,
  );
}

/**
 * Puts the file back after the wait ended by itself: it was interrupted, or this program has a fault.
 *
 * @returns the error to throw
 */
export async function takeBack(task: ApiserverTask, change: Swap, cause: unknown): Promise<unknown> {
  const { target, signal } = task;
  const isInterrupted = signal.aborted && cause === signal.reason;
  const why = isInterrupted ? "Interrupted" : `Cannot configure kube-apiserver: ${messageOf(cause)}`;
  await putBack(task, change, isInterrupted ? "this was interrupted" : messageOf(cause));
  const advice = await requestRestart(target);
  return new ApiserverError(
    `${why}: "${target.path}" is as it was before; whether the API server is healthy with it was not awaited${advice}`,
    { cause },
  );
}

/**
 * Waits for the API server once the original is in its place.
 *
 * @throws {ApiserverError} if that ends by itself: it was interrupted, or this program has a fault
 */
export async function awaitOriginal(task: ApiserverTask, watch: Watch): ReturnType<typeof awaitApiserver> {
  const { signal, target } = task;
  let isRestarted = false;
  try {
    return await awaitApiserver(task, watch, "without", () => isRestarted = true);
  } catch (cause) {
    const isInterrupted = signal.aborted && cause === signal.reason;
    const why = isInterrupted ? "Interrupted" : `Cannot wait for kube-apiserver: ${messageOf(cause)}`;
    const advice = isRestarted ? "" : await requestRestart(target);
    throw new ApiserverError(
      `${why}: "${target.path}" is the original again; whether the API server is healthy was not awaited${advice}`,
      { cause },
    );
  }
}

/** Has a service started again without waiting for it, also when the task is to end. @returns what is left to do */
async function requestRestart({ service }: Target): Promise<string> {
  if (service === undefined) return "";
  const restart = await restartService(service, {
    hasToEnd: false,
    timeoutMs: LAST_RESTART_MS,
    // The one of the task has been aborted already.
    signal: new AbortController().signal,
  });
  switch (restart.kind) {
    case "done":
      return "";
    case "failed":
      return `; its restart failed: ${restart.why}; as root, run: ${restart.command}`;
    case "by_hand":
      return `; as root, run: ${restart.command}`;
  }
}

/** Not over what somebody else wrote meanwhile. */
async function putBack(task: ApiserverTask, change: Swap, why: string): Promise<void> {
  const { world, target, backupDir } = task;
  const { path } = target;
  try {
    await swapText(world, target, { from: change.to, to: change.from });
  } catch (cause) {
    const original = originalPathOf(backupDir, path);
    throw new ApiserverError(
      `Cannot put back "${path}" after ${why}: ${messageOf(cause)}; compare it with "${original}"`,
      { cause },
    );
  }
  await noteIfPossible(task, () => noteRolledBack(world, backupDir, path, change));
}
