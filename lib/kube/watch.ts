/**
 * One watch: from a moment on, until it ends in whichever way. Whether there is another one is decided elsewhere.
 *
 * @module
 */

import { startDeadline } from "../time.ts";
import { KubeError } from "./kube_error.ts";
import { createLineSplitter, LineError } from "./lines.ts";
import { readWatchEvent, type WatchEvent } from "./object.ts";
import { errorOf } from "./refusal.ts";
import { asKubeError, type Following, pathOf } from "./target.ts";

/** How a watch ended. */
export type WatchEnd =
  /** The API server closed it, as it was asked to. */
  | { readonly kind: "ended" }
  /** It broke; what follows its last event can still be asked for. */
  | { readonly kind: "cut"; readonly error: KubeError }
  /** What follows its last event cannot be had: the moment is too old, or an event cannot be read. */
  | { readonly kind: "lost"; readonly error: KubeError };

/** What to watch, and who hears of it. */
export interface WatchOptions extends Following {
  readonly resourceVersion: string;
  /** How long the API server is asked to keep it open. */
  readonly seconds: number;
  /** The API server agreed. */
  readonly onOpen: () => void;
  readonly onEvent: (event: Exclude<WatchEvent, { type: "ERROR" }>) => void;
}

/** Failures that say nothing of the moment that was asked for. */
function isPassing(status: number | undefined): boolean {
  return status === undefined || status === 401 || status === 403 || status === 429 || status >= 500;
}

/** Watches until it ends. @throws the reason of `stop`, and what `onOpen` and `onEvent` throw */
export async function watch(options: WatchOptions): Promise<WatchEnd> {
  const { connection, target, world, limits, stop, seconds, resourceVersion } = options;
  const attempt = `Cannot watch "${target.path}" at "${connection.server}"`;
  using deadline = startDeadline(stop, limits.answerMs);
  const { signal } = deadline;
  const cut = (thrown: unknown): WatchEnd => {
    stop.throwIfAborted();
    return { kind: "cut", error: asKubeError(thrown, attempt) };
  };

  let response: Response;
  try {
    const query = { watch: "true", allowWatchBookmarks: "true", timeoutSeconds: String(seconds), resourceVersion };
    response = await connection.request(pathOf(target, query), { signal });
    if (!response.ok) {
      const error = await errorOf(response, { attempt, signal, world });
      return { kind: isPassing(error.status) ? "cut" : "lost", error };
    }
  } catch (thrown) {
    return cut(thrown);
  }
  if (response.body === null) return cut(new KubeError(`${attempt}: the answer is empty`, { retryable: true }));

  const reader = response.body.getReader();
  try {
    options.onOpen();
    const lines = createLineSplitter(limits.maxLineBytes);
    for (;;) {
      deadline.extend(seconds * 1_000 + limits.silenceMs);
      const next = await reader.read().catch(cut);
      if ("kind" in next) return next;
      if (next.done) {
        return lines.hasRest()
          ? cut(new KubeError(`${attempt}: an event was cut short`, { retryable: true }))
          : { kind: "ended" };
      }
      for (const event of eventsIn(() => lines.push(next.value), attempt)) {
        if (event instanceof KubeError) return { kind: "lost", error: event };
        options.onEvent(event);
        stop.throwIfAborted();
      }
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

/** The events that came, and the error that ends them, where one does. */
function* eventsIn(
  readLines: () => string[],
  attempt: string,
): Generator<Exclude<WatchEvent, { type: "ERROR" }> | KubeError> {
  try {
    for (const line of readLines()) {
      const event = readWatchEvent(line);
      if (event.type !== "ERROR") {
        yield event;
      } else {
        const { status, message } = event;
        yield new KubeError(`${attempt}: it answers ${status ?? "an error"}: ${message}`, { status, retryable: true });
        return;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof KubeError || thrown instanceof LineError)) throw thrown;
    yield new KubeError(`${attempt}: ${thrown.message}`, { cause: thrown, retryable: true });
  }
}
