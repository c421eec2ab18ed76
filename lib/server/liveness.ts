/**
 * Whether the server still answers reviews. A server that is busy, out of reach of STS, or full of connections lives; one
 * that fails whatever it is asked does not, and whoever watches it should restart it.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { delay, processTimers, type Timers } from "../time.ts";
import type { HealthReport } from "./health.ts";

/** How long after one review of its own the server makes the next. */
const PAUSE_MS = 10_000;

/**
 * How long that may take, counted in turns of the event loop: a thread that was held for a minute lets one turn pass, and
 * then answers what has come meanwhile.
 */
const TURNS = 10;
const TURN_MS = 500;

/** How many of them fail in a row, without any other review that is answered between, before the server is dead. */
const MAX_FAILURES = 3;

/** The same for internal errors, in reviews of others: how many, over which time. */
const MAX_ERRORS = 10;
const ERRORS_OVER_MS = 30_000;

/** How late a turn comes when the thread was held so long that it is reported. */
const HELD_MS = 1_000;

/** What watching takes. */
export interface LivenessParts {
  readonly log: Log;
  readonly metrics: Pick<Metrics, "countHeld" | "observeLoopDelay">;
  /** The server's own review. @throws {Error} if it is not answered as it should be */
  readonly askItself: (signal: AbortSignal) => Promise<void>;
  /** Default: the process's own. */
  readonly timers?: Timers;
}

/** The watch; `await using` ends it. */
export interface Liveness extends HealthReport, AsyncDisposable {
  /** Why the server should be restarted; `undefined` while it lives. */
  fault(): string | undefined;
  /** A review of somebody else was answered, with that HTTP status. */
  note(status: number): void;
}

/** Starts to watch. */
export function watchLiveness({ log, metrics, askItself, timers = processTimers }: LivenessParts): Liveness {
  const stopping = new AbortController();
  const { signal } = stopping;
  let failure: string | undefined;
  let failures = 0;
  let errors = { count: 0, sinceMs: 0 };
  let isDead = false;

  const fault = () => {
    if (failures >= MAX_FAILURES) return `its own review fails: ${failure}`;
    const isLong = timers.nowMs() - errors.sinceMs >= ERRORS_OVER_MS;
    return errors.count >= MAX_ERRORS && isLong ? "every review ends in an internal error" : undefined;
  };
  const turn = async (ms: number) => {
    const sinceMs = timers.nowMs();
    await delay(ms, signal, timers);
    const heldMs = timers.nowMs() - sinceMs - ms;
    if (signal.aborted) return;
    metrics.observeLoopDelay(Math.max(heldMs, 0) / 1_000);
    if (heldMs < HELD_MS) return;
    metrics.countHeld(heldMs / 1_000);
    log.warn("the server was held up, and answered nothing meanwhile", { heldMs: Math.round(heldMs) });
  };
  const review = async (): Promise<string | undefined> => {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener("abort", end, { once: true });
    const answer = askItself(attempt.signal).then(() => undefined, messageOf);
    const isIn = answer.then(() => true);
    let late = true;
    for (let turns = 0; turns < TURNS && late && !signal.aborted; turns += 1) {
      late = !await Promise.race([isIn, turn(TURN_MS)]);
    }
    end();
    signal.removeEventListener("abort", end);
    return late ? `no answer within ${TURNS * TURN_MS} ms` : await answer;
  };
  const watch = async () => {
    while (!signal.aborted) {
      for (let waitedMs = 0; waitedMs < PAUSE_MS; waitedMs += TURN_MS) await turn(TURN_MS);
      const why = await review();
      if (signal.aborted) return;
      failures = why === undefined ? 0 : failures + 1;
      if (why !== failure) {
        if (why === undefined) log.info("the server's own review is answered again");
        else log.warn("the server's own review failed", { why });
      }
      failure = why;
      if (fault() !== undefined && !isDead) {
        log.error("the server is broken, and should be restarted", { why: fault() });
      }
      isDead = fault() !== undefined;
    }
  };
  const watching = watch();
  return {
    fault,
    note(status) {
      if (status !== 500) {
        failures = 0;
        errors = { count: 0, sinceMs: 0 };
        return;
      }
      if (errors.count === 0) errors.sinceMs = timers.nowMs();
      errors.count += 1;
    },
    facts: () => [],
    warnings: () => failure === undefined ? [] : [`reviews: the server's own review failed: ${failure}`],
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}
