/**
 * The root of every failure that ram-auth expects. Says which text of an error is for whom.
 *
 * @module
 */

/**
 * A failure that an operator can act on.
 *
 * `message` is for the log and the person at the terminal: what was attempted, on which value (never a secret), why it
 * failed and what to do. No answer to a client repeats it: those take the text of a {@linkcode PublicError}.
 */
export abstract class RamAuthError extends Error {
  /** Stable identifier, `ERR_…`; scripts and dashboards may rely on it. */
  abstract readonly code: string;
  /** Whether the same request can succeed later without anybody changing anything. */
  readonly retryable: boolean = false;

  override get name(): string {
    return this.constructor.name;
  }
}

/** A failure whose public text is sent to a client of the server: kube-apiserver, and whoever reads its log. */
export abstract class PublicError extends RamAuthError {
  /** For `status.error` or the body of an answer: fixed text or what STS said, no echo of what the client sent. */
  abstract readonly publicMessage: string;
}

/** The command line, the environment or a config file asks for something that ram-auth does not do. Exit code 2. */
export class UsageError extends RamAuthError {
  readonly code = "ERR_USAGE";
}

/** What the runtime refuses for such a path, with whatever permission it was given but all of them at once. */
const CLOSED_PATH = /^Requires all access to "\/(?:dev|proc|sys)\b/;

/** Whether the runtime, and not the system, keeps a file from this program. */
export function isClosedPath(thrown: unknown): thrown is Error {
  return thrown instanceof Deno.errors.NotCapable && CLOSED_PATH.test(thrown.message);
}

/** Text of anything that was thrown, for a log line: the message of errors, the text form of everything else. */
export function messageOf(thrown: unknown): string {
  if (isClosedPath(thrown)) {
    return "the runtime of ram-auth opens nothing below /dev, /proc and /sys, not even in /dev/shm; use a file elsewhere";
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
