/**
 * Bodies of requests on their way in: how large each may be and all of them together, and how long one may take.
 *
 * @module
 */

import { PublicError } from "../errors.ts";
import { BodyTooLargeError } from "../http.ts";
import { processTimers, type Timers } from "../time.ts";

/** Largest TokenReview; the largest token in one has 16 KiB. */
const MAX_BODY_BYTES = 65_536;

/** Most bytes of all bodies that have not come to their end. */
const MAX_IN_FLIGHT_BYTES = 33_554_432;

/** How long a body may take to arrive. */
const BODY_DEADLINE_MS = 5_000;

/** How much of a body is read that nobody needs. */
const MAX_DRAINED_BYTES = 1_048_576;

/** The body took too long. */
export class BodyLateError extends PublicError {
  readonly code = "ERR_BODY_LATE";
  readonly publicMessage = "the body did not arrive in time";
}

/** The client closed its connection before the body's end. */
export class BodyBrokenError extends PublicError {
  readonly code = "ERR_BODY_BROKEN";
  readonly publicMessage = "the body did not come to its end";
}

/** The body made room for newer ones. */
export class BodyCrowdedOutError extends PublicError {
  readonly code = "ERR_BODY_CROWDED_OUT";
  readonly publicMessage = "too many bodies are arriving; try again";
  override readonly retryable = true;
}

/** Reads bodies. */
export interface Bodies {
  /**
   * Reads a body whole. Where all bodies together would be too large, those that have been arriving longest are given up
   * for it: a body that is sent at once is read in a moment, so that they are those of clients that hold theirs back.
   *
   * @throws {BodyTooLargeError} as soon as that is known; what comes of the body is read to its end if it has 1 MiB at most
   * @throws {BodyLateError}, {BodyBrokenError} or {BodyCrowdedOutError} if it does not come to its end
   */
  read(request: Request): Promise<Uint8Array>;
  /** Bytes that are reserved for bodies that have not come to their end. */
  readonly bytesInFlight: number;
}

/** What may be set otherwise; the defaults are those of a server. */
export interface BodyLimits {
  readonly maxInFlightBytes?: number;
  readonly timers?: Timers;
}

interface Unfinished {
  readonly reserved: number;
  readonly giveUp: (why: PublicError) => void;
}

/** Starts with none. */
export function createBodies(
  { maxInFlightBytes = MAX_IN_FLIGHT_BYTES, timers = processTimers }: BodyLimits = {},
): Bodies {
  /** The one that began first comes first. */
  const unfinished = new Set<Unfinished>();
  let bytesInFlight = 0;

  const makeRoom = (needed: number) => {
    for (const body of unfinished) {
      if (bytesInFlight + needed <= maxInFlightBytes) return;
      leave(body);
      body.giveUp(new BodyCrowdedOutError("Cannot read a body: newer ones need its room"));
    }
  };
  const leave = (body: Unfinished) => {
    if (unfinished.delete(body)) bytesInFlight -= body.reserved;
  };

  const readInto = async (whole: Uint8Array, reader: ReadableStreamDefaultReader<Uint8Array>) => {
    const body = { reserved: whole.length, giveUp: (_: PublicError) => {} };
    let whyNot: PublicError | undefined;
    body.giveUp = (why) => {
      whyNot ??= why;
      reader.cancel(why).catch(() => {});
    };
    makeRoom(body.reserved);
    unfinished.add(body);
    bytesInFlight += body.reserved;
    const cancelDeadline = timers.after(BODY_DEADLINE_MS, () => {
      body.giveUp(new BodyLateError(`Cannot read a body: it did not arrive within ${BODY_DEADLINE_MS} ms`));
    });
    try {
      let length = 0;
      for (;;) {
        const { value, done } = await nextOf(reader);
        if (whyNot !== undefined) throw whyNot;
        if (done) return whole.subarray(0, length);
        if (length + value.length > whole.length) throw tooLarge(whole.length);
        // A chunk would keep the whole buffer of the connection alive, of which it may be one byte.
        whole.set(value, length);
        length += value.length;
      }
    } catch (failure) {
      throw whyNot ?? failure;
    } finally {
      cancelDeadline();
      leave(body);
    }
  };

  return {
    async read(request) {
      const declared = declaredLength(request);
      if (declared !== undefined && declared > MAX_BODY_BYTES) {
        if (declared <= MAX_DRAINED_BYTES) await drain(request, { timers });
        throw tooLarge(MAX_BODY_BYTES);
      }
      if (request.body === null) return new Uint8Array();
      const reader = request.body.getReader();
      try {
        return await readInto(new Uint8Array(declared ?? MAX_BODY_BYTES), reader);
      } catch (failure) {
        if (failure instanceof BodyTooLargeError) await drainReader(reader, timers);
        throw failure;
      }
    },
    get bytesInFlight() {
      return bytesInFlight;
    },
  };
}

/**
 * Reads a body that nobody needs, because an answer before its end would cost the connection; up to 1 MiB, and for 5 s.
 * Nothing of it is kept. Never rejects.
 */
export async function drain(
  request: Request,
  { timers = processTimers }: Pick<BodyLimits, "timers"> = {},
): Promise<void> {
  if (request.body !== null) await drainReader(request.body.getReader(), timers);
}

async function drainReader(reader: ReadableStreamDefaultReader<Uint8Array>, timers: Timers): Promise<void> {
  const giveUp = () => void reader.cancel().catch(() => {});
  const cancelDeadline = timers.after(BODY_DEADLINE_MS, giveUp);
  try {
    let length = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > MAX_DRAINED_BYTES) return giveUp();
    }
  } catch {
    // Whoever sends it is gone.
  } finally {
    cancelDeadline();
  }
}

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw new BodyBrokenError("Cannot read a body: the client closed its connection before the end", { cause });
  }
}

/** What the client says; `undefined` where it does not. The runtime reads no more than that. */
function declaredLength({ headers }: Request): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function tooLarge(maxBytes: number): BodyTooLargeError {
  return new BodyTooLargeError(`Cannot read a body: it is larger than ${maxBytes} bytes`);
}
