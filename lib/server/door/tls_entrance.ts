/**
 * Where the client's bytes go in to TLS, by the connection of loopback on which TLS answers.
 *
 * There nothing turns Nagle's algorithm off: what TLS writes waits until its last write is acknowledged, which the kernel
 * does with the next byte that goes in, or after 40 ms. Between two records that byte is known before the client sends it:
 * the first three of each are the same (RFC 8446, section 5.2). So where something waits, one of these goes in ahead of the
 * client, and is left out when the client sends it. It is not secret, and TLS refuses a record that begins otherwise.
 *
 * @module
 */

import { processTimers, type Timers } from "../../time.ts";
import { followFrames } from "./framing.ts";

/** How each record begins after the handshake: application data, version. */
const RECORD_START = Uint8Array.of(23, 3, 3);

/** Type, version, and length in two bytes. */
const RECORD_HEADER = { bytes: 5, length: [3, 5] } as const;

/** Most that TLS puts into one record, and so into one write (RFC 8446, section 5.1). */
const MAX_IN_RECORD = 16_384;

/**
 * How long each of the three bytes is saved up, in milliseconds: they have to do for all answers until the client sends
 * something, and one lets out all that wait.
 */
const SAVED_MS = [0, 1, 6];

/** The way in to TLS. */
export interface TlsEntrance {
  /**
   * What the client sent, whole or in part; returns how many bytes were taken.
   *
   * @throws {Deno.errors.InvalidData} if the client begins another record than was begun for it
   */
  write(bytes: Uint8Array): Promise<number>;
  /** TLS has written so many bytes of answers. Only after the handshake. */
  hasWritten(bytes: number): void;
  /** Leaves no timer behind. */
  close(): void;
}

/** @param inside the door's end of the connection to TLS */
export function createTlsEntrance(
  inside: Pick<Deno.Conn, "write">,
  { after }: Pick<Timers, "after"> = processTimers,
): TlsEntrance {
  const framing = followFrames(RECORD_HEADER);
  /** How many bytes of the record were sent ahead of the client. */
  let ahead = 0;
  let isWriting = false;
  /** Whether something that TLS wrote is not acknowledged yet, and whether more waits for that. */
  let isOnItsWay = false;
  let waits = false;
  let cancel: (() => void) | undefined;

  /** Whatever goes in takes the acknowledgement of all that came out along, and lets out what waited. */
  const acknowledge = () => {
    isOnItsWay = waits;
    waits = false;
    cancel?.();
    cancel = undefined;
  };
  const sendAhead = () => {
    if (!framing.isBetween || isWriting) return;
    acknowledge();
    // Whether it can be written, whoever copies the client's bytes finds out.
    inside.write(RECORD_START.subarray(ahead, ++ahead)).catch(() => {});
  };

  return {
    async write(bytes) {
      const { header } = framing;
      const known = Math.max(0, Math.min(ahead - header, bytes.length));
      if (bytes.subarray(0, known).some((byte, at) => byte !== RECORD_START[header + at])) {
        throw new Deno.errors.InvalidData("the client began another record than was begun for it");
      }
      framing.follow(bytes.subarray(0, known));
      if (known === bytes.length) return known;
      acknowledge();
      ahead = 0;
      isWriting = true;
      const taken = await inside.write(bytes.subarray(known));
      isWriting = false;
      framing.follow(bytes.subarray(known, known + taken));
      return known + taken;
    },
    hasWritten(bytes) {
      waits ||= isOnItsWay || bytes > MAX_IN_RECORD;
      isOnItsWay = true;
      const savedMs = SAVED_MS[ahead];
      if (!waits || cancel !== undefined || savedMs === undefined) return;
      if (savedMs === 0) sendAhead();
      else cancel = after(savedMs, sendAhead);
    },
    close() {
      cancel?.();
      // Nothing goes in any more.
      ahead = RECORD_START.length;
    },
  };
}
