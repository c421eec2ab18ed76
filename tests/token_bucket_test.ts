import assert from "node:assert/strict";
import { createTokenBucket } from "../lib/token_bucket.ts";

Deno.test("a token bucket lets so many through at once, and so many a second after that", () => {
  let nowMs = 1_000;
  const bucket = createTokenBucket(() => ({ perSecond: 4, burst: 2 }), () => nowMs);
  for (let call = 0; call < 2; call++) {
    assert.equal(bucket.waitMs(), 0);
    bucket.take();
  }
  assert.equal(bucket.waitMs(), 250);
  nowMs += 125;
  assert.equal(bucket.waitMs(), 125);
  nowMs += 125;
  assert.equal(bucket.waitMs(), 0);
  bucket.take();
  assert.equal(bucket.waitMs(), 250);
});

Deno.test("a token bucket that rested holds no more than its burst", () => {
  let nowMs = 0;
  const bucket = createTokenBucket(() => ({ perSecond: 100, burst: 1 }), () => nowMs);
  nowMs += 3_600_000;
  bucket.take();
  assert.equal(bucket.waitMs(), 10);
});

Deno.test("calls beyond a token bucket's burst are paid for later", () => {
  const bucket = createTokenBucket(() => ({ perSecond: 1, burst: 1 }), () => 0);
  for (let call = 0; call < 3; call++) bucket.take();
  assert.equal(bucket.waitMs(), 3_000);
});

Deno.test("a token bucket keeps a reserve from whoever must leave one", () => {
  let nowMs = 0;
  const bucket = createTokenBucket(() => ({ perSecond: 10, burst: 4 }), () => nowMs);
  assert.equal(bucket.waitMs(3), 0);
  bucket.take();
  assert.deepEqual([bucket.waitMs(3), bucket.waitMs(2), bucket.waitMs()], [100, 0, 0]);
  nowMs += 100;
  assert.equal(bucket.waitMs(3), 0);
});
