/**
 * Ctrl-C and SIGTERM, as one abort signal, for the commands that run until then.
 *
 * @module
 */

/** What shells report for a process that Ctrl-C ended: 128 + 2. */
const EXIT_INTERRUPTED = 130;

/**
 * From when on another Ctrl-C is a person's second one. Sooner it is the first one again: a terminal interrupts the whole
 * group, and task runners pass on what their program has got already.
 */
const SECOND_AFTER_MS = 1_000;

/** Aborts at the first Ctrl-C or SIGTERM, so that the command can stop cleanly; a second Ctrl-C ends the process. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let firstAt: number | undefined;
  const abort = () => {
    firstAt ??= performance.now();
    stop.abort();
  };
  Deno.addSignalListener("SIGTERM", abort);
  Deno.addSignalListener("SIGINT", () => {
    if (firstAt !== undefined && performance.now() - firstAt > SECOND_AFTER_MS) Deno.exit(EXIT_INTERRUPTED);
    abort();
  });
  return stop.signal;
}
