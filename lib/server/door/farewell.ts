/**
 * Asks a client to send no more requests, without the loss of one that it has sent: on HTTP/2 by a GOAWAY that takes all
 * of them, between two frames of the server's; on HTTP/1.1 `connection: close` in the next answer.
 *
 * The runtime's own end of an HTTP server loses requests that were sent and not yet handled (2.7.11: those for which the
 * handler was not called yet; 2.9.6 also closes connections of HTTP/1.1 without telling the client), so it comes last,
 * where nothing has come for a while.
 *
 * @module
 */

import { followFrames } from "./framing.ts";

/** How HTTP/2 begins (RFC 9113, section 3.4). */
const PREFACE = new TextEncoder().encode("PRI ");

/** Length in three bytes, type, flags, stream in four bytes (RFC 9113, section 4.1). */
const FRAME_HEADER = { bytes: 9, length: [0, 3] } as const;

/** GOAWAY (RFC 9113, section 6.8): 8 bytes, for the whole connection, all streams are taken, no error. */
const GOAWAY = Uint8Array.of(0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** The server's side of an HTTP connection. */
export interface Farewell {
  /** What the HTTP server sends; returns how many bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells the client. Only once it has made a request, as its first may be on its way. */
  say(): void;
  /** What an answer has to have from now on. */
  mark(answer: Response): Response;
}

/**
 * @param first the first bytes of what the client sent
 * @param target where what the HTTP server sends goes
 */
export function createFarewell(first: Uint8Array, target: Pick<Deno.Conn, "write">): Farewell {
  const isHttp2 = PREFACE.every((byte, at) => first[at] === byte);
  const framing = followFrames(FRAME_HEADER);
  let isSaid = false;
  let isDue = false;
  let hasBegun = false;
  let isWriting = false;
  let goaway = Promise.resolve();

  const sendGoaway = async () => {
    if (!isDue || !hasBegun || isWriting || !framing.isBetween) return;
    isDue = false;
    for (let at = 0; at < GOAWAY.length;) at += await target.write(GOAWAY.subarray(at));
  };

  return {
    async write(bytes) {
      if (!isHttp2) return await target.write(bytes);
      if (isSaid) await goaway;
      isWriting = true;
      const taken = await target.write(bytes);
      isWriting = false;
      framing.follow(bytes.subarray(0, taken));
      hasBegun = true;
      if (isDue) await sendGoaway();
      return taken;
    },
    say() {
      if (isSaid) return;
      isSaid = true;
      isDue = isHttp2;
      goaway = sendGoaway();
      // Whether it can be written, the next write finds out.
      goaway.catch(() => {});
    },
    mark(answer) {
      if (isSaid && !isHttp2) answer.headers.set("connection", "close");
      return answer;
    },
  };
}
