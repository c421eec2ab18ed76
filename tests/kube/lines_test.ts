import assert from "node:assert/strict";
import { createLineSplitter, LineError } from "../../lib/kube/lines.ts";

const TEXT = "größe-🔑\n\nb\r\n  \nlast\n";
const LINES = ["größe-🔑", "b\r", "last"];

Deno.test("lines come out whole, however their bytes arrive", () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = createLineSplitter(100);
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)));
    assert.deepEqual(found, LINES, `in pieces of ${size}`);
    assert.equal(splitter.hasRest(), false);
  }
});

Deno.test("bytes without the end of their line are a rest", () => {
  const splitter = createLineSplitter(100);
  assert.deepEqual(splitter.push(new TextEncoder().encode("a\nb")), ["a"]);
  assert.equal(splitter.hasRest(), true);
});

Deno.test("a line may be as long as it may, and no longer, whole or in pieces", () => {
  assert.deepEqual(createLineSplitter(3).push(new TextEncoder().encode("abc\n")), ["abc"]);
  for (const pieces of [["abcd\n"], ["ab", "cd\n"], ["ab", "cd"]]) {
    const splitter = createLineSplitter(3);
    const push = () => pieces.map((piece) => splitter.push(new TextEncoder().encode(piece)));
    assert.throws(push, (e) => e instanceof LineError && /longer than 3 bytes/.test(e.message), pieces.join("|"));
  }
});

Deno.test("bytes that are no UTF-8 are no line", () => {
  for (const bytes of [[0xff, 0x0a], [0xc3, 0x0a], [0xed, 0xa0, 0x80, 0x0a]]) {
    const push = () => createLineSplitter(100).push(new Uint8Array(bytes));
    assert.throws(push, (e) => e instanceof LineError && /not UTF-8/.test(e.message), bytes.join());
  }
});
