/**
 * The server's log: one line per event, as JSON or as text for people.
 *
 * @module
 */

import { printable, printableJson } from "../quote.ts";
import type { World } from "../world.ts";

/** How much is logged; each level includes those after it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** JSON for machines, `key=value` for people. */
export type LogFormat = "text" | "json";

/** What belongs to an event. A field that is `undefined` is left out. Never a token, a key or a signature. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Takes note of an event. The message is fixed text; what varies is in the fields. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** A log whose level can be changed. */
export type LeveledLog = Log & { setLevel(level: LogLevel): void };

/** Which lines, and where they go. */
export interface LogOptions {
  readonly format: LogFormat;
  /** The least severe level that is logged; until it is changed. */
  readonly level: LogLevel;
  /** Takes each line, with its line feed; default: the world's standard error, at once. */
  readonly write?: (line: string) => void;
}

/** Makes a log with the world's clock. */
export function createLog(
  world: Pick<World, "now" | "stderr">,
  { format, level, write = (line) => world.stderr.write(line) }: LogOptions,
): LeveledLog {
  let least = LEVELS.indexOf(level);
  const at = (each: LogLevel): Log[LogLevel] => {
    const severity = LEVELS.indexOf(each);
    return (message, fields = {}) => {
      if (severity >= least) write(logLine(format, each, { time: world.now(), message, fields }));
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    setLevel: (level) => void (least = LEVELS.indexOf(level)),
  };
}

/** One event as a line, with its line feed. */
export function logLine(
  format: LogFormat,
  level: LogLevel,
  { time, message, fields = {} }: { readonly time: Date; readonly message: string; readonly fields?: LogFields },
): string {
  const at = time.toISOString();
  if (format === "json") return `${printableJson(JSON.stringify({ level, time: at, ...fields, message }))}\n`;
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}=${asText(value)}`]
  );
  return `${at} ${level.toUpperCase().padEnd(5)} ${message}${pairs.join("")}\n`;
}

/** Values that would break the form of the line, or that a terminal would obey, are quoted. */
function asText(value: NonNullable<LogFields[string]>): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w./:@+-]+$/.test(text) ? text : printable(JSON.stringify(text));
}
