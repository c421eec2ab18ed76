import assert from "node:assert/strict";
import type { Log, LogFields } from "../../lib/telemetry/log.ts";
import { capRepeated } from "../../lib/telemetry/repeated.ts";
import { handClock } from "../support/hand_clock.ts";

/** A capped log, and what came through. */
function cappedLog() {
  const lines: (readonly [level: string, message: string, fields: LogFields])[] = [];
  const at = (level: string) => (message: string, fields: LogFields = {}) => void lines.push([level, message, fields]);
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const clock = handClock();
  return { capped: capRepeated(log, clock), lines, clock };
}

function times(count: number, act: () => void): void {
  for (let i = 0; i < count; i++) act();
}

Deno.test("a hundred lines of one kind come through in a minute, and then a line says how many more there were", () => {
  const { capped, lines, clock } = cappedLog();
  times(100, () => capped.warn("refused", { reason: "late", requestId: "r" }));
  assert.equal(lines.length, 100);
  clock.pass(10_000);
  times(3, () => capped.warn("refused", { reason: "late" }));
  assert.equal(lines.length, 100);
  clock.pass(50_000);
  assert.deepEqual(lines.slice(100), [
    ["warn", "similar lines left out", { line: "refused", reason: "late", more: 3 }],
  ]);
  capped.warn("refused", { reason: "late" });
  assert.equal(lines.length, 102);
  assert.equal(clock.waiting(), 0);
});

Deno.test("kinds are told apart by level, message and reason, and count apart", () => {
  const { capped, lines } = cappedLog();
  times(200, () => capped.warn("refused", { reason: "late" }));
  capped.warn("refused", { reason: "large" });
  capped.info("refused", { reason: "late" });
  capped.warn("closed", { reason: "late" });
  capped.error("closed");
  assert.deepEqual(lines.slice(100), [
    ["warn", "refused", { reason: "large" }],
    ["info", "refused", { reason: "late" }],
    ["warn", "closed", { reason: "late" }],
    ["error", "closed", {}],
  ]);
});

Deno.test("lines that are few in each minute all come through", () => {
  const { capped, lines, clock } = cappedLog();
  times(5, () => {
    times(100, () => capped.info("closed"));
    clock.pass(60_000);
  });
  assert.equal(lines.length, 500);
});

Deno.test("what was left out is reported at the end, and no timer stays", () => {
  const { capped, lines, clock } = cappedLog();
  times(150, () => capped.info("closed"));
  capped[Symbol.dispose]();
  assert.deepEqual(lines.at(-1), ["info", "similar lines left out", { line: "closed", reason: undefined, more: 50 }]);
  assert.equal(clock.waiting(), 0);
});
