import assert from "node:assert/strict";
import { SIGNATURE_LIFETIME_MS } from "../../lib/clouds/cloud.ts";
import { assertAge, endOf } from "../../lib/review/token_age.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

Deno.test("a token ends as much before STS's end as its life is shorter", () => {
  assert.equal(endOf(NOW.getTime(), SIGNATURE_LIFETIME_MS), NOW.getTime());
  assert.equal(endOf(NOW.getTime(), 60_000), NOW.getTime() - 840_000);
});

Deno.test("the refusal of a token that is too old names the option", () => {
  const signedAgoMs = (ms: number) => ({ endsAtMs: NOW.getTime() - ms + SIGNATURE_LIFETIME_MS });
  assertAge(signedAgoMs(100_000), 100_000, NOW);
  assert.throws(() => assertAge(signedAgoMs(100_001), 100_000, NOW), {
    code: "ERR_TOKEN",
    reason: "expired",
    message: /server\.maxTokenAge allows, 100 s; get a new one$/,
  });
});
