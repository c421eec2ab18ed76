/**
 * How long the AWS SDK may take: a fence against a hang, because the SDK has none for a process, or for a host that
 * accepts a connection and stays silent.
 *
 * @module
 */

/** Wide, because a process of the user's may open a browser for a login. */
const DEADLINE_MS = 60_000;

/** A clock that runs out. */
export interface Deadline {
  /** The work's result, or an error once the time is over. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Stops the clock while a person answers, and starts it again. */
  pauseFor<T>(answer: Promise<T>): Promise<T>;
  end(): void;
}

/** Starts the clock. */
export function startDeadline(deadlineMs: number = DEADLINE_MS): Deadline {
  const { promise, reject } = Promise.withResolvers<never>();
  const start = () => setTimeout(() => reject(new Error(`no answer within ${deadlineMs / 1000} seconds`)), deadlineMs);
  let timer = start();
  let ended = false;
  return {
    race: (work) => Promise.race([work, promise]),
    async pauseFor(answer) {
      clearTimeout(timer);
      try {
        return await answer;
      } finally {
        if (!ended) timer = start();
      }
    },
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
