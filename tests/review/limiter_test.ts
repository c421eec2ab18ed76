import assert from "node:assert/strict";
import { type CallRates, createLimiter, RateLimited } from "../../lib/review/limiter.ts";

/** A limiter, and its clock. */
function atRest(rates: CallRates) {
  let elapsedMs = 5;
  const limiter = createLimiter(() => rates, () => elapsedMs);
  return {
    limiter,
    /** Whether a call passes. */
    passes(accessKeyId: string): boolean {
      try {
        limiter.take(accessKeyId);
        return true;
      } catch (failure) {
        assert.ok(failure instanceof RateLimited && failure.code === "ERR_RATE_LIMITED");
        assert.ok(!failure.message.includes(accessKeyId));
        return false;
      }
    },
    advance: (ms: number) => void (elapsedMs += ms),
  };
}

Deno.test("a key has two seconds' calls at once, and then its rate; others have their own", () => {
  const { passes, advance } = atRest({ server: 1_000, key: 10 });
  const passing = (count: number) => Array.from({ length: count }, () => passes("loud")).filter(Boolean).length;
  assert.equal(passing(30), 20);
  assert.equal(passes("quiet"), true);
  advance(1_000);
  assert.equal(passing(30), 10);
  advance(99);
  assert.equal(passes("loud"), false);
  advance(1);
  assert.equal(passes("loud"), true);
  advance(60_000);
  assert.equal(passing(30), 20);
});

Deno.test("the lowest rates let in a key that STS has not confirmed yet", () => {
  for (const server of [1, 2, 3]) {
    const { passes, advance } = atRest({ server, key: 1 });
    assert.equal(passes("new"), true, `at ${server} a second`);
    advance(1_000);
    assert.equal(passes("newer"), true, `at ${server} a second`);
  }
});

Deno.test("calls that do not pass are not counted", () => {
  const { passes, advance } = atRest({ server: 1_000, key: 1 });
  for (let i = 0; i < 1_000; i++) passes("loud");
  advance(1_000);
  assert.equal(passes("loud"), true);
});

Deno.test("whoever invents keys gets half of what is saved up, and then the rate that others leave", () => {
  const { limiter, passes, advance } = atRest({ server: 100, key: 10 });
  for (const key of ["a", "b", "c", "d", "e"]) limiter.confirm(key);
  const invented = (from: number) => Array.from({ length: 200 }, (_, i) => passes(`key ${from + i}`)).filter(Boolean);
  assert.equal(invented(0).length, 50);
  // A second's flood in small steps, and five who are known beside it, each at her own rate.
  let [strange, known] = [0, 0];
  for (let step = 1; step <= 100; step++) {
    advance(10);
    strange += invented(step * 200).length;
    if (step % 10 === 0) known += ["a", "b", "c", "d", "e"].filter(passes).length;
  }
  assert.equal(known, 50);
  assert.ok(strange <= 100, `${strange}`);
});

Deno.test("a key is confirmed for an hour", () => {
  const { limiter, advance } = atRest({ server: 10, key: 10 });
  assert.equal(limiter.isConfirmed("a"), false);
  limiter.confirm("a");
  advance(3_599_999);
  assert.equal(limiter.isConfirmed("a"), true);
  advance(1);
  assert.equal(limiter.isConfirmed("a"), false);
});
