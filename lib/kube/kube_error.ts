/**
 * What can go wrong with the Kubernetes API, in words an operator can act on.
 *
 * @module
 */

import { caAsServer, isCaAsServer } from "../trust.ts";
import { RamAuthError } from "../errors.ts";

/** How an API server answered, where it did. */
export interface KubeErrorOptions extends ErrorOptions {
  /** HTTP status of the answer, or the code in its `Status` object. */
  readonly status?: number | undefined;
  /** The API server's own words, from its `Status`. Trust: it, or a proxy in front of it, chose them. */
  readonly said?: string;
  /** Whether it is an API server's own word that there is no such thing. */
  readonly isAbsence?: boolean;
  /** Whether the same request can succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  /** How long the API server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** The Kubernetes API cannot be used. */
export class KubeError extends RamAuthError {
  readonly code = "ERR_KUBE";
  override readonly retryable: boolean;
  /** HTTP status of the answer; `undefined` where none came. */
  readonly status: number | undefined;
  /** The API server's own words, empty where it said nothing. Trust: it, or a proxy in front of it, chose them. */
  readonly said: string;
  /**
   * Whether an API server itself may have said that there is no such thing: by a `Status`, or by the words that it has
   * for a path. Other programs have the same words, so only what lasts is certain.
   */
  readonly isAbsence: boolean;
  /** How long the API server asked to be left alone; `undefined` where it did not ask. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: KubeErrorOptions = {}) {
    const { status, said = "", isAbsence = false, retryable = false, retryAfterMs, cause } = options;
    super(message, { cause });
    this.isAbsence = isAbsence;
    this.status = status;
    this.said = said;
    this.retryAfterMs = retryAfterMs;
    this.retryable = retryable;
  }
}

/**
 * Why `fetch` failed. Read from the texts of the runtime, whose errors have no codes (Deno 2.9); one that is not known is
 * repeated as it came. In one clause without what differs from try to try, so that two failures for one reason have one
 * text.
 */
export function reasonOfFetchFailure(thrown: unknown): string {
  const text = causes(thrown).join(": ");
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") return "it did not answer in time";
  if (isCaAsServer(text)) return caAsServer('"certificate-authority"');
  const certificate = /invalid peer certificate: ([^()"]+)/.exec(text);
  if (certificate !== null) {
    return `its certificate is not accepted (${certificate[1]!.trim()}); check the CA bundle and the host name`;
  }
  if (/connection refused/i.test(text)) return "the connection is refused; check the address, and that it runs";
  if (/dns error/i.test(text)) return "its host name cannot be resolved; check the address";
  if (/received fatal alert|tls handshake|HandshakeFailure|CertificateRequired/i.test(text)) {
    return "it refuses the TLS connection; check the client certificate and the port";
  }
  return causes(thrown).at(-1)?.replace(/^error sending request for url \([^)]*\): /, "") ?? "unknown reason";
}

/** The messages of an error and its causes, outermost first. */
function causes(thrown: unknown): string[] {
  const messages: string[] = [];
  for (let error = thrown; error instanceof Error && messages.length < 8; error = error.cause) {
    messages.push(error.message);
  }
  return messages;
}
