import assert from "node:assert/strict";
import { type LogQueueOptions, startLogQueue } from "../../lib/telemetry/log_queue.ts";
import { waitFor } from "../support/wait_for.ts";

/** A stream that does with each write what the test says next; what it took can be read back. */
function scriptedStream(...script: ((bytes: Uint8Array) => number | Promise<number>)[]) {
  let taken = "";
  const decoder = new TextDecoder();
  return {
    taken: () => taken,
    logOutput: {
      async write(bytes: Uint8Array): Promise<number> {
        const length = await (script.shift() ?? ((all) => all.length))(bytes);
        taken += decoder.decode(bytes.subarray(0, length), { stream: true });
        return length;
      },
    },
  };
}

const options = (more: Partial<LogQueueOptions> = {}): LogQueueOptions => ({
  lossLine: (lines) => `lost ${lines}\n`,
  ...more,
});

/** Fails as the system does. */
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

Deno.test("lines arrive whole and in order, also by a stream that takes a few bytes at a time", async () => {
  const few = (bytes: Uint8Array) => Math.min(bytes.length, 3);
  const stream = scriptedStream(...new Array(40).fill(few));
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index} é\n`);
  {
    await using queue = startLogQueue(stream, options());
    for (const line of lines) queue.write(line);
  }
  assert.equal(stream.taken(), lines.join(""));
});

for (
  const [what, code] of [
    ["has no reader", "EPIPE"],
    ["is full", "ENOSPC"],
    ["would block", "EAGAIN"],
    ["reports an error of the device", "EIO"],
  ] as const
) {
  Deno.test(`a stream that ${what} for a while costs no line`, async () => {
    const stream = scriptedStream(failing(code), failing(code), (bytes) => bytes.length - 1, failing(code));
    await using queue = startLogQueue(stream, options());
    queue.write("a\n");
    queue.write("b\n");
    await waitFor("both lines", () => stream.taken() === "a\nb\n");
    assert.equal(queue.lostLines, 0);
  });
}

Deno.test("a stream that takes nothing holds nobody up; lines beyond the limit are lost, and their number is told", async () => {
  const stuck = Promise.withResolvers<number>();
  const stream = scriptedStream(() => stuck.promise);
  await using queue = startLogQueue(stream, options({ maxQueued: 40 }));
  for (let line = 0; line < 20; line += 1) queue.write(`line ${line % 10}\n`);
  await waitFor("the write", () => true);
  assert.equal(stream.taken(), "");
  assert.equal(queue.lostLines, 15);
  stuck.resolve("line 0\n".length);
  await waitFor("the lines that fitted, and the loss", () => stream.taken().endsWith("lost 15\n"));
  assert.equal(stream.taken(), "line 0\nline 1\nline 2\nline 3\nline 4\nlost 15\n");
  queue.write("next\n");
  await waitFor("the next line", () => stream.taken().endsWith("next\n"));
  assert.equal(stream.taken().match(/lost/g)?.length, 1);
});

Deno.test("a loss is told before the line that comes after it", async () => {
  const stuck = Promise.withResolvers<number>();
  const second = Promise.withResolvers<number>();
  const stream = scriptedStream(() => stuck.promise, () => second.promise);
  await using queue = startLogQueue(stream, options({ maxQueued: 4 }));
  queue.write("a\n");
  await waitFor("the first batch to be on its way", () => true);
  queue.write("b\n");
  queue.write("c\n");
  stuck.resolve(2);
  await waitFor("room", () => stream.taken() === "a\n");
  queue.write("d\n");
  second.resolve(2);
  await waitFor("the rest", () => stream.taken().endsWith("d\n"));
  assert.equal(stream.taken(), "a\nb\nlost 1\nd\n");
});

Deno.test("whoever ends the queue waits for what is queued, but not for ever", async () => {
  const stuck = Promise.withResolvers<number>();
  const stream = scriptedStream(() => stuck.promise);
  {
    await using queue = startLogQueue(stream, options({ flushMs: 1 }));
    queue.write("never taken\n");
  }
  assert.equal(stream.taken(), "");
  stuck.resolve(0);
});

Deno.test("a stream that throws at once, without a promise, harms nobody either", async () => {
  const stream = scriptedStream(() => {
    throw new Deno.errors.BadResource("closed");
  });
  await using queue = startLogQueue(stream, options());
  queue.write("a\n");
  await waitFor("the line", () => stream.taken() === "a\n");
});
