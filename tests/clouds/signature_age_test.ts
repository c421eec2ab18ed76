import assert from "node:assert/strict";
import { TokenError } from "../../lib/clouds/cloud.ts";
import { clocksText, judgeSignatureAge } from "../../lib/clouds/signature_age.ts";

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

const message = (ageMs: number) => {
  try {
    judgeSignatureAge(new Date(NOW.getTime() - ageMs), NOW);
  } catch (refusal) {
    return (refusal as Error).message;
  }
  throw new Error("nothing was refused");
};

Deno.test("a refusal of a signature's date says how old it is, and both clocks", () => {
  assert.match(
    message(15 * MINUTE + 1_000),
    /its date "2026-11-22T11:44:59Z" is 15 min 1 s behind this machine's clock, "2026-11-22T12:00:00Z"/,
  );
  assert.match(message(366 * 24 * 60 * MINUTE), /its date "2025-11-21T12:00:00Z" is 366 d behind this machine's clock/);
  assert.match(message(-(3 * 60 + 4) * MINUTE), /its date "2026-11-22T15:04:00Z" is 3 h 4 min ahead of this machine's/);
});

for (
  const [what, stsDate, want] of [
    ["nothing of an STS that does not say", undefined, `"2026-11-22T12:00:00Z"`],
    [
      "the clock of STS",
      "Sun, 22 Nov 2026 12:00:02 GMT",
      `"2026-11-22T12:00:00Z", which is 2 s behind the clock of STS, "2026-11-22T12:00:02Z"`,
    ],
    [
      "that the clock is wrong",
      "Sun, 22 Nov 2026 11:52:00 GMT",
      `"2026-11-22T12:00:00Z", which is 8 min ahead of the clock of STS, "2026-11-22T11:52:00Z"; set the clock of this machine`,
    ],
    [
      "that the clocks agree",
      "Sun, 22 Nov 2026 12:00:00 GMT",
      `"2026-11-22T12:00:00Z", which is the same as the clock of STS, "2026-11-22T12:00:00Z"`,
    ],
    ["nothing of a date that no clock shows", "Sun, 99 Nov 2026 12:00:00 GMT", `"2026-11-22T12:00:00Z"`],
    ["nothing of another form of date", "2026-11-22T12:00:00Z\u001b[2J", `"2026-11-22T12:00:00Z"`],
    ["nothing of two dates", "Sun, 22 Nov 2026 12:00:00 GMT, Sun, 22 Nov 2026 12:00:00 GMT", `"2026-11-22T12:00:00Z"`],
  ] as const
) {
  Deno.test(`clocksText() tells ${what}`, () => {
    const text = clocksText(new Date(NOW.getTime() - 3_000), NOW, stsDate);
    assert.equal(text, `its date "2026-11-22T11:59:57Z" is 3 s behind this machine's clock, ${want}`);
  });
}
