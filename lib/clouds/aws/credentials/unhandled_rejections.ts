/**
 * Promises that the AWS SDK lets reject unhandled: while it waits for an MFA code it has already started to read the source
 * profile, and does not await the result. Deno would end the program with a stack trace.
 *
 * @module
 */

/** The first unhandled rejection, as the failure of some work. */
export interface UnhandledRejections {
  race<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

/** Catches them for the whole process, until `end()`. */
export function catchUnhandledRejections(): UnhandledRejections {
  const { promise, reject } = Promise.withResolvers<never>();
  const hear = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reject(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", hear);
  return {
    race: (work) => Promise.race([work, promise]),
    end: () => globalThis.removeEventListener("unhandledrejection", hear),
  };
}
