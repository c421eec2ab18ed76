/**
 * The server's log: one line per event on standard error, as JSON or as text for people. Owns the form of a line; knows
 * nothing of what happened.
 *
 * @module
 */

import { pino } from "pino";
import type { World } from "../world.ts";

/** How much is logged; each level includes those after it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** JSON for machines, `key=value` for people. */
export type LogFormat = "text" | "json";

/** What belongs to an event. A field that is `undefined` is left out. Never a token, a key or a signature. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Takes note of an event. The message is fixed text; what varies stands in the fields. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Makes a log that writes to the world's standard error, with its clock. */
export function createLog(world: World, { format, level }: { format: LogFormat; level: LogLevel }): Log {
  const write = (line: string) => world.stderr.write(format === "json" ? line : asText(line));
  const logger = pino({
    level,
    base: null,
    messageKey: "message",
    timestamp: () => `,"time":"${world.now().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  }, { write });
  const at = (level: LogLevel) => (message: string, fields: LogFields = {}) => logger[level](fields, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** `2026-11-22T12:00:00.000Z INFO  message key=value`: values that would break the line's form are quoted. */
function asText(jsonLine: string): string {
  const { level, time, message, ...fields } = JSON.parse(jsonLine) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return ` ${key}=${/^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return `${time} ${String(level).toUpperCase().padEnd(5)} ${message}${pairs.join("")}\n`;
}
