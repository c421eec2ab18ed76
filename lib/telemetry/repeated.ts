/**
 * A log whose lines of one kind are capped: what a client or a source can repeat at will must not fill a disk, nor hide
 * everything else.
 *
 * @module
 */

import { processTimers, type Timers } from "../time.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";

/** Most lines of one kind in a period. */
const MAX_LINES = 100;

/** How long a period lasts, in milliseconds. */
const PERIOD_MS = 60_000;

/** How to cap. */
export interface RepeatedOptions {
  /** Default: the process's own. */
  readonly timers?: Timers;
}

/** Passes lines on, up to the cap. To dispose of it reports what was left out so far. */
export type RepeatedLog = Log & Disposable;

interface Kind {
  readonly level: LogLevel;
  readonly line: string;
  readonly reason: string | undefined;
  startedAtMs: number;
  lines: number;
}

/**
 * Puts a cap in front of a log: 100 lines of one kind in a minute, and at the minute's end one line that counts the others.
 *
 * A kind is level, message and the field `reason`. All three must be fixed texts of ours: each kind is remembered.
 */
export function capRepeated(log: Log, { timers = processTimers }: RepeatedOptions = {}): RepeatedLog {
  const kinds = new Map<string, Kind>();
  const cancels = new Map<Kind, () => void>();

  const endPeriod = (kind: Kind) => {
    cancels.get(kind)?.();
    cancels.delete(kind);
    const more = kind.lines - MAX_LINES;
    kind.lines = 0;
    if (more > 0) log[kind.level]("similar lines left out", { line: kind.line, reason: kind.reason, more });
  };

  const at = (level: LogLevel) => (message: string, fields: LogFields = {}) => {
    const reason = typeof fields["reason"] === "string" ? fields["reason"] : undefined;
    const key = `${level} ${message} ${reason}`;
    let kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, kind = { level, line: message, reason, startedAtMs: 0, lines: 0 });
    const nowMs = timers.nowMs();
    if (kind.lines > 0 && nowMs - kind.startedAtMs >= PERIOD_MS) endPeriod(kind);
    if (kind.lines === 0) kind.startedAtMs = nowMs;
    kind.lines += 1;
    if (kind.lines <= MAX_LINES) return log[level](message, fields);
    if (cancels.has(kind)) return;
    const full = kind;
    cancels.set(full, timers.after(full.startedAtMs + PERIOD_MS - nowMs, () => endPeriod(full)));
  };

  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    [Symbol.dispose]() {
      for (const kind of [...cancels.keys()]) endPeriod(kind);
    },
  };
}
