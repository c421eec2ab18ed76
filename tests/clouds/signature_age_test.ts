import assert from "node:assert/strict";
import { TokenError } from "../../lib/clouds/cloud.ts";
import { judgeSignatureAge } from "../../lib/clouds/signature_age.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const MINUTE = 60_000;

for (
  const [when, ageMs, reason] of [
    ["now", 0, undefined],
    ["15 minutes ago", 15 * MINUTE, undefined],
    ["a moment more than 15 minutes ago", 15 * MINUTE + 1, "expired"],
    ["a year ago", 365 * 24 * 60 * MINUTE, "expired"],
    ["5 minutes ahead", -5 * MINUTE, undefined],
    ["a moment more than 5 minutes ahead", -5 * MINUTE - 1, "not_yet_valid"],
  ] as const
) {
  Deno.test(`a signature dated ${when} is ${reason === undefined ? "accepted" : `refused as ${reason}`}`, () => {
    const judge = () => judgeSignatureAge(new Date(NOW.getTime() - ageMs), NOW);
    if (reason === undefined) assert.equal(judge(), NOW.getTime() - ageMs + 15 * MINUTE);
    else assert.throws(judge, (e) => e instanceof TokenError && e.reason === reason);
  });
}
