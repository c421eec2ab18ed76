/**
 * Why an HTTPS call brought no answer: one error, whose code says which step failed.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { sentence } from "../../quote.ts";

/** The step that failed, and the code of its error. */
const CODES = {
  dns: "ERR_HTTPS_DNS",
  refused: "ERR_HTTPS_REFUSED",
  unreachable: "ERR_HTTPS_UNREACHABLE",
  proxy: "ERR_HTTPS_PROXY",
  tls: "ERR_HTTPS_TLS",
  reset: "ERR_HTTPS_RESET",
  timeout: "ERR_HTTPS_TIMEOUT",
  malformed: "ERR_HTTPS_MALFORMED",
  too_large: "ERR_HTTPS_TOO_LARGE",
} as const;

/** Which step of a call failed. */
export type HttpsProblem = keyof typeof CODES;

/** A call without a usable answer. No part of the request, which carries a signature, is in its texts. */
export class HttpsError extends RamAuthError {
  readonly code: string;
  override readonly retryable = true;
  readonly problem: HttpsProblem;
  /** What went wrong and what to do, to stand behind words that name the host. */
  readonly why: string;
  /** Whether the server closed the connection, or sent what nobody asked for, before the first byte of an answer. */
  readonly beforeAnswer: boolean;

  /** @param host with a port where it is not 443 */
  constructor(
    problem: HttpsProblem,
    host: string,
    why: string,
    { beforeAnswer = false, ...options }: ErrorOptions & { readonly beforeAnswer?: boolean } = {},
  ) {
    super(`Cannot ask "${host}": ${why}`, options);
    this.code = CODES[problem];
    this.problem = problem;
    this.why = why;
    this.beforeAnswer = beforeAnswer;
  }
}

/** Most causes that are reported; chains of the runtime have three. */
const MAX_CAUSES = 5;

/** What was thrown and its causes, outermost first, on one line. Trust: the network had its say in the text. */
export function causesOf(thrown: unknown): string {
  const texts = new Set<string>();
  let cause = thrown;
  for (let told = 0; told < MAX_CAUSES && cause !== undefined; told++) {
    texts.add(sentence(cause instanceof Error ? cause.message : String(cause)));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  texts.delete("");
  return [...texts].join(": ");
}
