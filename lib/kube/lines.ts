/**
 * Bytes cut into lines: however they arrive, a line comes out whole, and its UTF-8 with it. Pure.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";

const NEWLINE = 0x0a;

/** A line is longer than it may be, or is not UTF-8. */
export class LineError extends RamAuthError {
  readonly code = "ERR_LINE";
}

/** Takes bytes, gives lines. */
export interface LineSplitter {
  /** The lines that these bytes complete; empty ones are left out. @throws {LineError} */
  push(chunk: Uint8Array): string[];
  /** Whether bytes wait for the end of their line. */
  hasRest(): boolean;
}

/** Makes one. @param maxBytes of one line */
export function createLineSplitter(maxBytes: number): LineSplitter {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest: Uint8Array[] = [];
  let restBytes = 0;

  const complete = (end: Uint8Array): string => {
    if (restBytes + end.length > maxBytes) throw tooLong(maxBytes);
    const pieces = [...rest, end];
    rest = [];
    restBytes = 0;
    try {
      const text = pieces.slice(0, -1).map((piece) => decoder.decode(piece, { stream: true })).join("");
      return text + decoder.decode(end);
    } catch (cause) {
      throw new LineError("Cannot read a line: it is not UTF-8", { cause });
    }
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        const line = complete(chunk.subarray(start, at));
        if (line.trim() !== "") lines.push(line);
        start = at + 1;
      }
      if (start < chunk.length) {
        rest.push(chunk.subarray(start));
        restBytes += chunk.length - start;
        if (restBytes > maxBytes) throw tooLong(maxBytes);
      }
      return lines;
    },
    hasRest: () => restBytes > 0,
  };
}

function tooLong(maxBytes: number): LineError {
  return new LineError(`Cannot read a line: it is longer than ${maxBytes} bytes`);
}
