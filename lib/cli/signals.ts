/**
 * Signals: Ctrl-C and SIGTERM, as one abort signal, for the commands that run until then, and SIGHUP.
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

/**
 * How long a command may take to stop: above what a server needs that drains, and below the 10 s after which systemd and
 * the kubelet kill.
 */
const STOP_LIMIT_MS = 8_000;

/** What is reported for a command that did not stop in time. */
const EXIT_CUT_SHORT = 1;

/**
 * Aborts at the first Ctrl-C or SIGTERM, so that the command can stop cleanly; a second Ctrl-C ends the process, and so
 * does the end of 8 s, whatever it hangs on.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let firstAt: number | undefined;
  const abort = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      Deno.unrefTimer(setTimeout(() => Deno.exit(EXIT_CUT_SHORT), STOP_LIMIT_MS));
    }
    stop.abort();
  };
  Deno.addSignalListener("SIGTERM", abort);
  Deno.addSignalListener("SIGINT", () => {
    if (firstAt !== undefined && performance.now() - firstAt > SECOND_AFTER_MS) Deno.exit(EXIT_INTERRUPTED);
    abort();
  });
  return stop.signal;
}

/** SIGHUPs, none of which ends the process any more; `using` gives them up. */
export interface HangUps extends Disposable {
  /** Acts at each from now on, and at once if there was one before. */
  obey(act: () => Promise<void>): void;
}

/** Takes them from now on. */
export function takeHangUps(): HangUps {
  let isPending = false;
  let act = () => {
    isPending = true;
    return Promise.resolve();
  };
  const hear = () => void act();
  Deno.addSignalListener("SIGHUP", hear);
  return {
    obey(wanted) {
      act = wanted;
      if (isPending) hear();
    },
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", hear),
  };
}
