/**
 * Bytes from one socket to the next, one chunk at a time: the next read waits until the chunk is written, so that whoever
 * does not read holds up only whoever writes to it.
 *
 * @module
 */

/** What most requests and answers fit into. */
const SMALL_CHUNK = 4_096;

/** What a whole answer fits into: what is written in two goes to a socket that delays acknowledgements takes 40 ms. */
export const ANSWER_CHUNK = 16_384;

/** What a buffer grows to once it was filled. */
const LARGE_CHUNK = 65_536;

/** How a record of TLS begins: type, version, and length in two bytes (RFC 8446, section 5.1). */
const RECORD_HEADER = 5;

/** The type of record that a ClientHello is in. */
const HANDSHAKE_RECORD = 22;

/** Longest record. */
const MAX_RECORD = RECORD_HEADER + 16_384;

/** Why a copy came to its end: the source has no more, or the target takes no more. */
export type CopyEnd = "source" | "target";

/** What a copy is at. */
export interface CopyState {
  /** Whether the target has yet to take what was read. */
  isHeldUp: boolean;
}

/** Copies until one side is at its end, closed or broken. Never rejects. */
export async function copy(
  source: Pick<Deno.Conn, "read">,
  target: Pick<Deno.Conn, "write">,
  { chunk = SMALL_CHUNK, state = { isHeldUp: false } }: { readonly chunk?: number; readonly state?: CopyState } = {},
): Promise<CopyEnd> {
  let buffer = new Uint8Array(chunk);
  let end: CopyEnd = "source";
  try {
    // In one function, because it runs eight times for each request.
    for (;; end = "source") {
      const length = await source.read(buffer);
      if (length === null) return end;
      end = "target";
      state.isHeldUp = true;
      for (let at = 0; at < length;) at += await target.write(buffer.subarray(at, length));
      state.isHeldUp = false;
      if (length === buffer.length && length < LARGE_CHUNK) buffer = new Uint8Array(LARGE_CHUNK);
    }
  } catch {
    return end;
  }
}

/** Reads to the end what nobody needs. Never rejects. */
export async function discard(source: Pick<Deno.Conn, "read">): Promise<void> {
  const buffer = new Uint8Array(SMALL_CHUNK);
  while (await readInto(source, buffer) > 0);
}

/**
 * The first record of TLS, whole, or what stands there and is none. Nothing where the source ends before. Never rejects.
 *
 * A record is read whole before anything is made for its client, so that half a ClientHello costs next to nothing.
 */
export async function firstRecord(source: Pick<Deno.Conn, "read">): Promise<Uint8Array> {
  let buffer = new Uint8Array(SMALL_CHUNK);
  for (let length = 0;;) {
    const more = await readInto(source, buffer.subarray(length));
    if (more === 0) return buffer.subarray(0, 0);
    length += more;
    const whole = length < RECORD_HEADER ? RECORD_HEADER : RECORD_HEADER + buffer[3]! * 256 + buffer[4]!;
    if (buffer[0] !== HANDSHAKE_RECORD || whole > MAX_RECORD || length >= whole) return buffer.subarray(0, length);
    if (whole > buffer.length) {
      const larger = new Uint8Array(whole);
      larger.set(buffer);
      buffer = larger;
    }
  }
}

/** The first bytes that come; none where there come none. Never rejects. */
export async function firstBytes(source: Pick<Deno.Conn, "read">): Promise<Uint8Array> {
  const buffer = new Uint8Array(SMALL_CHUNK);
  return buffer.subarray(0, await readInto(source, buffer));
}

/** Writes all of it; returns whether it could be. Never rejects. */
export async function writeAll(target: Pick<Deno.Conn, "write">, bytes: Uint8Array): Promise<boolean> {
  try {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(await target.write(rest));
    return true;
  } catch {
    return false;
  }
}

async function readInto(source: Pick<Deno.Conn, "read">, buffer: Uint8Array): Promise<number> {
  try {
    return await source.read(buffer) ?? 0;
  } catch {
    return 0;
  }
}
