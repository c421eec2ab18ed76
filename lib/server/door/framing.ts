/**
 * Where one frame ends and the next begins in a stream of frames that each say how long they are.
 *
 * @module
 */

/** A stream that is followed as its bytes go by. */
export interface Framing {
  /** The next bytes of it. */
  follow(bytes: Uint8Array): void;
  /** How many bytes of the header of a frame have gone by; 0 within its content, and between two frames. */
  readonly header: number;
  /** Whether the last byte was the last of a frame; also at the beginning. */
  readonly isBetween: boolean;
}

/**
 * Begins before the first frame.
 *
 * @param header how many bytes it has, and where its length stands: from one byte up to another, the first one the highest
 */
export function followFrames({ bytes: size, length: [from, to] }: {
  readonly bytes: number;
  readonly length: readonly [from: number, to: number];
}): Framing {
  let header = 0;
  let length = 0;
  let left = 0;
  return {
    follow(bytes) {
      for (let at = 0; at < bytes.length;) {
        const step = Math.min(left, bytes.length - at);
        left -= step;
        at += step;
        if (at === bytes.length) return;
        if (header >= from && header < to) length = length << 8 | bytes[at]!;
        header += 1;
        at += 1;
        if (header < size) continue;
        left = length;
        [header, length] = [0, 0];
      }
    },
    get header() {
      return header;
    },
    get isBetween() {
      return header === 0 && left === 0;
    },
  };
}
