/**
 * The root of every failure that ram-auth expects. Owns the two texts an error carries and for whom each is.
 *
 * @module
 */

/**
 * A failure that an operator can act on.
 *
 * `message` is for the log and the person at the terminal: what was attempted, on which value (never a secret), why it
 * failed and what to do. {@linkcode publicMessage} is for whoever sent the request: fixed text, no echo of input.
 */
export abstract class RamAuthError extends Error {
  /** Stable identifier, `ERR_…`; scripts and dashboards may rely on it. */
  abstract readonly code: string;
  /** Text that may leave the process in `status.error`. Fixed per class: nothing of the request is in it. */
  abstract readonly publicMessage: string;
  /** Whether the same request can succeed later without anybody changing anything. */
  readonly retryable: boolean = false;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The command line, the environment or a config file asks for something that ram-auth does not do. Exit code 2. */
export class UsageError extends RamAuthError {
  readonly code = "ERR_USAGE";
  readonly publicMessage = "the request is not supported";
}

/** Text of anything that was thrown, for a log line: the message of errors, the text form of everything else. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
