import assert from "node:assert/strict";
import { followFrames } from "../../../lib/server/door/framing.ts";

/** Frames with a type, a length in two bytes, and a mark; of 3, 0, 300 and 1 bytes of content. */
const STREAM = [3, 0, 300, 1].flatMap((length) => [7, length >> 8, length & 0xff, 9, ...Array(length).fill(255)]);
const HEADER = { bytes: 4, length: [1, 3] } as const;

/** After how many bytes a frame ends. */
const ENDS = [0, 7, 11, 315, 320];

for (const pieces of [1, 2, 3, 5, 7, 320]) {
  Deno.test(`frames are followed in pieces of ${pieces} bytes`, () => {
    const framing = followFrames(HEADER);
    for (let at = 0; at <= STREAM.length; at += pieces) {
      assert.equal(framing.isBetween, ENDS.includes(at), `after ${at} bytes`);
      framing.follow(Uint8Array.from(STREAM.slice(at, at + pieces)));
    }
  });
}

Deno.test("how much of a header has gone by is known, and is nothing within the content", () => {
  const framing = followFrames(HEADER);
  const headers = STREAM.slice(0, 9).map((byte) => {
    framing.follow(Uint8Array.of(byte));
    return framing.header;
  });
  assert.deepEqual(headers, [1, 2, 3, 0, 0, 0, 0, 1, 2]);
});
