import assert from "node:assert/strict";
import { copy, discard, firstBytes, firstRecord, writeAll } from "../../../lib/server/door/pipe.ts";

/** What comes of chunks; `undefined` breaks off. */
function sourceOf(chunks: readonly (Uint8Array | undefined)[]) {
  const rest = chunks.slice();
  const sizes: number[] = [];
  return {
    sizes,
    read(buffer: Uint8Array): Promise<number | null> {
      sizes.push(buffer.length);
      if (rest.length === 0) return Promise.resolve(null);
      const chunk = rest[0];
      if (chunk === undefined) return Promise.reject(new Deno.errors.ConnectionReset("reset"));
      const part = chunk.subarray(0, buffer.length);
      buffer.set(part);
      if (part.length < chunk.length) rest[0] = chunk.subarray(part.length);
      else rest.shift();
      return Promise.resolve(part.length);
    },
  };
}

/** Takes at most so many bytes at a time, and breaks after so many. */
function targetOf({ atOnce = Infinity, breaksAfter = Infinity } = {}) {
  const taken: number[] = [];
  return {
    taken,
    write(bytes: Uint8Array): Promise<number> {
      if (taken.length >= breaksAfter) return Promise.reject(new Deno.errors.BrokenPipe("broken"));
      const part = bytes.subarray(0, atOnce);
      taken.push(...part);
      return Promise.resolve(part.length);
    },
  };
}

const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, index) => (first + index) % 251);

Deno.test("every byte is copied in its turn, though a target takes few at a time", async () => {
  const whole = bytes(200_000);
  const target = targetOf({ atOnce: 777 });
  const source = sourceOf([whole.subarray(0, 10), whole.subarray(10)]);
  assert.equal(await copy(source, target), "source");
  assert.deepEqual(Uint8Array.from(target.taken), whole);
});

Deno.test("a buffer begins small, and grows once it was filled", async () => {
  const source = sourceOf([bytes(10), bytes(4_096), bytes(5), bytes(65_536), bytes(5)]);
  await copy(source, targetOf());
  assert.deepEqual(source.sizes, [4_096, 4_096, 65_536, 65_536, 65_536, 65_536]);
});

Deno.test("a copy says which side ended it", async () => {
  assert.equal(await copy(sourceOf([bytes(5), undefined]), targetOf()), "source");
  assert.equal(await copy(sourceOf([bytes(5), bytes(5)]), targetOf({ breaksAfter: 5 })), "target");
});

Deno.test("a copy says whether its target holds it up", async () => {
  const state = { isHeldUp: false };
  const taken = Promise.withResolvers<number>();
  const writing = Promise.withResolvers<void>();
  const copying = copy(sourceOf([bytes(5)]), {
    write() {
      writing.resolve();
      return taken.promise;
    },
  }, { state });
  await writing.promise;
  assert.equal(state.isHeldUp, true);
  taken.resolve(5);
  await copying;
  assert.equal(state.isHeldUp, false);
});

Deno.test("what nobody needs is read to its end, whichever that is", async () => {
  await discard(sourceOf([bytes(5_000), bytes(1)]));
  await discard(sourceOf([bytes(5_000), undefined]));
});

Deno.test("the first bytes are what comes first, or none", async () => {
  assert.deepEqual(await firstBytes(sourceOf([bytes(5), bytes(7)])), bytes(5));
  assert.equal((await firstBytes(sourceOf([]))).length, 0);
  assert.equal((await firstBytes(sourceOf([undefined]))).length, 0);
});

Deno.test("a write that cannot be finished is none", async () => {
  assert.equal(await writeAll(targetOf({ atOnce: 2 }), bytes(5)), true);
  assert.equal(await writeAll(targetOf({ atOnce: 2, breaksAfter: 4 }), bytes(5)), false);
});

for (
  const [what, chunks, expected] of [
    ["in one piece", [[22, 3, 1, 0, 2, 7, 8]], [22, 3, 1, 0, 2, 7, 8]],
    ["byte by byte", [[22], [3], [1], [0], [2], [7], [8]], [22, 3, 1, 0, 2, 7, 8]],
    ["with what follows at once", [[22, 3, 1, 0, 1, 7, 8]], [22, 3, 1, 0, 1, 7, 8]],
    ["that is no handshake", [[71, 69], [84]], [71, 69]],
    ["that is longer than any", [[22, 3, 1, 255, 255], [7]], [22, 3, 1, 255, 255]],
    ["of which only half comes", [[22, 3, 1, 0, 2, 7]], []],
    ["that does not come", [], []],
  ] as const
) {
  Deno.test(`the first record ${what} is read whole`, async () => {
    const source = sourceOf(chunks.map((chunk) => Uint8Array.from(chunk)));
    assert.deepEqual([...await firstRecord(source)], expected);
  });
}

Deno.test("a first record of the greatest length is read whole", async () => {
  const record = Uint8Array.from({ length: 16_389 }, (_, at) => [22, 3, 1, 64, 0][at] ?? at % 251);
  const source = sourceOf([record.subarray(0, 4_000), record.subarray(4_000)]);
  assert.deepEqual(await firstRecord(source), record);
});
