import assert from "node:assert/strict";
import { readLine } from "../lib/read_line.ts";
import { fakeWorld } from "./config/fake_world.ts";

/** Reads from these pieces, the way a terminal or a pipe brings them. */
function readFrom(...pieces: readonly (string | Uint8Array<ArrayBuffer>)[]): Promise<string> {
  const bytes = pieces.map((piece) => typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  return readLine({ ...fakeWorld(), stdin: { isTerminal: true, readable: ReadableStream.from(bytes) } });
}

const UMLAUT = new TextEncoder().encode("ä");

for (
  const [what, pieces, want] of [
    ["is whole", ["yes\n"], "yes"],
    ["comes in pieces", ["y", "es", "\nno\n"], "yes"],
    ["is cut within a character", [UMLAUT.subarray(0, 1), UMLAUT.subarray(1), "\n"], "ä"],
    ["has no end", ["yes"], "yes"],
    ["is empty", ["\nyes\n"], ""],
    ["never comes", [], ""],
  ] as const
) {
  Deno.test(`readLine() reads a line that ${what}`, async () => assert.equal(await readFrom(...pieces), want));
}

Deno.test("readLine() gives up on a line without an end, and leaves the rest", async () => {
  let given = 0;
  const readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      given += 100;
      controller.enqueue(new TextEncoder().encode("x".repeat(100)));
    },
  }, { highWaterMark: 0 });
  const line = await readLine({ ...fakeWorld(), stdin: { isTerminal: true, readable } });
  assert.equal(line.length, 300);
  assert.equal(given, 300);
  assert.equal(readable.locked, false);
});
