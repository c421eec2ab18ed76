/**
 * One TLS connection for one request at a time. It reads all the time, so that whatever comes while nothing was asked is
 * heard, and ends it.
 *
 * @module
 */

import { AnswerError, AnswerParser, type ParsedAnswer } from "./answer_parser.ts";
import { closeQuietly } from "./dial.ts";
import { causesOf, HttpsError } from "./failure.ts";

/** Bytes that are read at once; answers of STS have about 1.5 KB. */
const READ_BYTES = 4_096;

/** Bytes both ways, over TLS. */
export type ByteStream = Pick<Deno.Conn, "read" | "write" | "close">;

/** What a connection is asked. */
export interface Question {
  readonly request: Uint8Array;
  readonly maxBodyBytes: number;
}

/** A connection that is open until it says otherwise. */
export interface Connection {
  readonly isOpen: boolean;
  /**
   * Sends a request. What ends the wait for a whole answer closes the connection.
   *
   * @throws {HttpsError} if no whole answer comes
   * @throws the signal's reason, as soon as it aborts
   */
  ask(question: Question, signal: AbortSignal): Promise<ParsedAnswer>;
  close(): void;
}

interface Pending {
  readonly parser: AnswerParser;
  readonly resolve: (answer: ParsedAnswer) => void;
  readonly reject: (failure: unknown) => void;
  /** Whether the request has gone out: no answer can come before. */
  isSent: boolean;
}

/**
 * Takes charge of a connection.
 *
 * @param host for messages
 * @param onClosed called once, whoever closes it
 */
export function createConnection(tls: ByteStream, host: string, onClosed: () => void): Connection {
  let pending: Pending | undefined;
  let isOpen = true;
  let brokenBy: unknown;

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    closeQuietly(tls);
    onClosed();
  };

  const fail = (failure: unknown) => {
    const waiting = pending;
    pending = undefined;
    brokenBy ??= failure;
    close();
    waiting?.reject(failure);
  };

  const lost = (how: string, cause?: unknown) => {
    const beforeAnswer = pending?.parser.hasStarted !== true;
    const when = beforeAnswer ? "before it answered" : "in the middle of an answer";
    fail(new HttpsError("reset", host, `${how} ${when}; if that goes on, check the network`, { cause, beforeAnswer }));
  };

  const hear = (bytes: Uint8Array) => {
    if (!pending?.isSent) return lost("it sent an answer that nobody had asked for");
    const { parser, resolve } = pending;
    parser.push(bytes);
    if (!parser.isDone) return;
    pending = undefined;
    const answer = parser.answer();
    if (!answer.keepsAlive) close();
    resolve(answer);
  };

  const end = () => {
    if (!pending?.parser.end()) return lost("it closed the connection");
    const { parser, resolve } = pending;
    pending = undefined;
    close();
    resolve(parser.answer());
  };

  const read = async () => {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      while (isOpen) {
        const length = await tls.read(buffer);
        if (!isOpen) return;
        if (length === null) return end();
        hear(buffer.subarray(0, length));
      }
    } catch (cause) {
      if (cause instanceof AnswerError) {
        const problem = cause.isTooLarge ? "too_large" : "malformed";
        const why = `its answer cannot be used: ${cause.message}; check what answers there`;
        fail(new HttpsError(problem, host, why, { cause }));
      } else if (isOpen) {
        lost(`the connection broke (${causesOf(cause)})`, cause);
      }
    }
  };

  const write = async (request: Uint8Array, asked: Pending) => {
    try {
      for (let rest = request; rest.length > 0;) rest = rest.subarray(await tls.write(rest));
      asked.isSent = true;
    } catch (cause) {
      if (pending === asked) lost(`the connection broke (${causesOf(cause)})`, cause);
    }
  };

  void read();
  return {
    get isOpen() {
      return isOpen;
    },
    ask({ request, maxBodyBytes }, signal) {
      if (pending !== undefined) throw new TypeError("The connection waits for an answer");
      if (!isOpen) return Promise.reject(brokenBy);
      const { promise, resolve, reject } = Promise.withResolvers<ParsedAnswer>();
      pending = { parser: new AnswerParser(maxBodyBytes), resolve, reject, isSent: false };
      const giveUp = () => fail(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) giveUp();
      else void write(request, pending);
      return promise.finally(() => signal.removeEventListener("abort", giveUp));
    },
    close: () => lost("this program closed the connection"),
  };
}
