/**
 * Failures that the AWS SDK leaves unheard: while it waits for an MFA code it has begun to read the source profile and
 * does not look at how that ends. Deno would end the program with a stack trace.
 *
 * @module
 */

/** The first failure that nobody heard, as the failure of some work. */
export interface UnheardFailures {
  race<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

/** Listens, for the whole process, until `end()`. */
export function hearFailures(): UnheardFailures {
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
