/**
 * Asks the delegate about a token: under one deadline, so many at a time, and not while it does not answer.
 *
 * @module
 */

import { createBearer } from "../../kube/bearer.ts";
import type { Breaker } from "../../review/breaker.ts";
import { createHttpsClient } from "../../review/https/client.ts";
import type { ParsedAnswer } from "../../review/https/answer_parser.ts";
import { causesOf, HttpsError } from "../../review/https/failure.ts";
import type { TokenReviewRequest } from "../../review/token_review.ts";
import { startDeadline } from "../../time.ts";
import { VERSION } from "../../version.ts";
import type { World } from "../../world.ts";
import type { DelegateAccess } from "./access.ts";
import { type DelegateAnswer, formatDelegatedReview, MAX_ANSWER_BYTES, readDelegateAnswer } from "./answer.ts";
import { createDelegateDial } from "./dial.ts";
import { DelegateBusy, DelegateFault, DelegateUnusable } from "./fault.ts";
import { DELEGATED } from "./hop.ts";

/** Of one review, whatever is done for it: under the 5 s that let kube-apiserver's own five tries fit. */
export const DELEGATE_DEADLINE_MS = 4_000;

/** Most reviews under way, of which most connections are in use. */
const MAX_IN_FLIGHT = 128;
const CONNECTIONS = { maxPerHost: 32, maxOpeningPerHost: 8, maxInTotal: 32 };

/** A delegate that can be asked. */
export interface DelegateClient {
  /** `https://host:port/path` */
  readonly server: string;
  /**
   * Asks about one token.
   *
   * @throws {DelegateFault} if no answer comes in time, or none is to be expected
   * @throws {DelegateUnusable} if what comes is no answer
   * @throws {DelegateBusy} if too many are asked about already
   */
  ask(review: TokenReviewRequest): Promise<DelegateAnswer>;
  /** Ends what is under way. */
  close(): void;
}

/** Makes a client. @param breaker its errors are {@linkcode DelegateFault} */
export function createDelegateClient(world: World, access: DelegateAccess, breaker: Breaker): DelegateClient {
  const { server, address: { host }, target } = access;
  const stopping = new AbortController();
  const https = createHttpsClient(world, { connect: createDelegateDial(access), limits: CONNECTIONS });
  const bearer = createBearer(world, access.token);
  let inFlight = 0;

  const send = async (body: Uint8Array, signal: AbortSignal): Promise<ParsedAnswer> => {
    const token = await bearer.current();
    const headers = {
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": `ram-auth/${VERSION}`,
      [DELEGATED]: "1",
      ...(token && { authorization: `Bearer ${token.reveal()}` }),
    };
    return await https.exchange({ host, method: "POST", target, headers, body }, {
      maxBodyBytes: MAX_ANSWER_BYTES,
      signal,
    });
  };
  const sendAgain = async (body: Uint8Array, signal: AbortSignal): Promise<ParsedAnswer> => {
    const answer = await send(body, signal);
    const isRotated = answer.status === 401 && access.token !== undefined && await bearer.renew();
    return isRotated ? await send(body, signal) : answer;
  };
  /** Counts what the delegate does, and not what it says. */
  const exchange = async (body: Uint8Array): Promise<ParsedAnswer> => {
    using deadline = startDeadline(stopping.signal, DELEGATE_DEADLINE_MS);
    const turn = await breaker.enter({ host, isConfirmed: true });
    try {
      const answer = await sendAgain(body, deadline.signal);
      turn.end();
      return answer;
    } catch (cause) {
      const why = cause instanceof HttpsError ? cause.why : causesOf(cause);
      const isAnswered = cause instanceof HttpsError && ["malformed", "too_large"].includes(cause.problem);
      turn.end(isAnswered ? undefined : why);
      throw new (isAnswered ? DelegateUnusable : DelegateFault)(`no answer: ${why}`, { cause });
    }
  };

  return {
    server,
    async ask(review) {
      if (inFlight >= MAX_IN_FLIGHT) {
        throw new DelegateBusy(
          `it is asked about ${MAX_IN_FLIGHT} tokens already; look for a client that logs in in a loop`,
        );
      }
      inFlight += 1;
      try {
        return readDelegateAnswer(await exchange(formatDelegatedReview(review)));
      } finally {
        inFlight -= 1;
      }
    },
    close() {
      stopping.abort(new Error("this server does not ask it any more"));
      https[Symbol.dispose]();
    },
  };
}
