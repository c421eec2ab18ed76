/**
 * Log lines on their way to a stream that may be slow, full, gone, or never read: queued up to a limit, written in the
 * background, and lost where there is no room. Whoever logs never waits for it and never sees it fail.
 *
 * @module
 */

import { delay } from "../time.ts";
import type { World } from "../world.ts";

/** Most text that waits, in UTF-16 code units: some thousand lines. */
const MAX_QUEUED = 1_048_576;

/** How much is written at once, in UTF-16 code units; one line may be longer. */
const MAX_BATCH = 65_536;

/** Wait after the first error of a row, in milliseconds; it doubles with each. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 5_000;

/** How long the end of the process waits for what is queued, in milliseconds. */
const FLUSH_MS = 1_000;

/** How to queue. */
export interface LogQueueOptions {
  /** The line that says how many lines were lost, when the stream takes lines again. */
  readonly lossLine: (lines: number) => string;
  /** Default: 1 MiB. */
  readonly maxQueued?: number;
  /** Default: one second. */
  readonly flushMs?: number;
}

/** A queue in front of a stream. To dispose of it waits a limited time for what is queued. */
export interface LogQueue extends AsyncDisposable {
  /** Queues a line, with its line feed. Returns at once; where the queue is full, the line is lost and counted. */
  write(line: string): void;
  /** Lines lost since the start. */
  readonly lostLines: number;
}

/** Starts one in front of the world's log output. */
export function startLogQueue(
  { logOutput }: Pick<World, "logOutput">,
  { lossLine, maxQueued = MAX_QUEUED, flushMs = FLUSH_MS }: LogQueueOptions,
): LogQueue {
  const stopping = new AbortController();
  let lines: string[] = [];
  let queued = 0;
  let lost = 0;
  let untold = 0;
  let draining: Promise<void> | undefined;

  const enqueue = (line: string) => {
    lines.push(line);
    queued += line.length;
  };
  const tellLoss = () => {
    if (untold === 0) return;
    enqueue(lossLine(untold));
    untold = 0;
  };
  const drain = async () => {
    // What one turn of the event loop logs goes out together.
    await Promise.resolve();
    while (lines.length > 0 && !stopping.signal.aborted) {
      const batch = takeBatch(lines);
      lines = lines.slice(batch.lines);
      await writeAll(logOutput, batch.text, stopping.signal);
      queued -= batch.text.length;
      if (lines.length === 0) tellLoss();
    }
    draining = undefined;
  };

  return {
    write(line) {
      if (queued + line.length > maxQueued) {
        lost += 1;
        untold += 1;
        return;
      }
      tellLoss();
      enqueue(line);
      draining ??= drain();
    },
    get lostLines() {
      return lost;
    },
    async [Symbol.asyncDispose]() {
      const waiting = new AbortController();
      await Promise.race([draining, delay(flushMs, waiting.signal)]);
      waiting.abort();
      stopping.abort();
    },
  };
}

function takeBatch(lines: readonly string[]): { readonly text: string; readonly lines: number } {
  let [count, length] = [0, 0];
  while (count < lines.length && (count === 0 || length + lines[count]!.length <= MAX_BATCH)) {
    length += lines[count]!.length;
    count += 1;
  }
  return { text: lines.slice(0, count).join(""), lines: count };
}

/** Tries until all is written, or until `signal`: a full disk has room again, a pipe's reader comes back. */
async function writeAll(output: World["logOutput"], text: string, signal: AbortSignal): Promise<void> {
  let rest = new TextEncoder().encode(text);
  let retryMs = FIRST_RETRY_MS;
  while (rest.length > 0 && !signal.aborted) {
    try {
      rest = rest.subarray(await output.write(rest));
      retryMs = FIRST_RETRY_MS;
    } catch {
      await delay(retryMs, signal);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    }
  }
}
