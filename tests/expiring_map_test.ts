import assert from "node:assert/strict";
import { createExpiringMap } from "../lib/expiring_map.ts";

function started(maxEntries: number) {
  let nowMs = 0;
  const map = createExpiringMap<string>({ maxEntries, forMs: 100, nowMs: () => nowMs });
  return { map, advance: (ms: number) => void (nowMs += ms) };
}

Deno.test("an expiring map forgets an entry after its time, and not before", () => {
  const { map, advance } = started(10);
  map.set("a", "1");
  advance(99);
  assert.equal(map.get("a"), "1");
  advance(1);
  assert.equal(map.get("a"), undefined);
});

Deno.test("an expiring map that is full forgets what was set longest ago", () => {
  const { map } = started(2);
  map.set("a", "1");
  map.set("b", "2");
  map.set("a", "3");
  map.set("c", "4");
  assert.deepEqual(["a", "b", "c"].map((key) => map.get(key)), ["3", undefined, "4"]);
});

Deno.test("an entry of an expiring map that is set again has its whole time anew", () => {
  const { map, advance } = started(2);
  map.set("a", "1");
  advance(60);
  map.set("a", "2");
  advance(60);
  assert.equal(map.get("a"), "2");
  assert.equal(map.get("b"), undefined);
});

Deno.test("an expiring map forgets what was set longest ago where all of it is too large", () => {
  const map = createExpiringMap<string>({ maxEntries: 10, maxBytes: 100, forMs: 100, nowMs: () => 0 });
  map.set("a", "1", { bytes: 60 });
  map.set("b", "2", { bytes: 40 });
  map.set("a", "3", { bytes: 50 });
  map.set("c", "4", { bytes: 11 });
  assert.deepEqual(["a", "b", "c"].map((key) => map.get(key)), ["3", undefined, "4"]);
  map.clear();
  map.set("d", "5", { bytes: 100 });
  assert.deepEqual([map.get("a"), map.get("d"), map.size], [undefined, "5", 1]);
});

Deno.test("an entry of an expiring map may have a time of its own, and what has ended is not counted", () => {
  const { map, advance } = started(10);
  map.set("a", "1", { forMs: 10 });
  map.set("b", "2");
  advance(10);
  assert.deepEqual([map.get("a"), map.get("b"), map.size], [undefined, "2", 1]);
});
