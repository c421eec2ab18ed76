/** What `doctor` prints, and what it makes of errors. */

import assert from "node:assert/strict";
import { failed, type Finding, ok, skipped, verdictOf, warning } from "../../../lib/cli/doctor/check.ts";
import { asJson, asText, isSound } from "../../../lib/cli/doctor/report.ts";
import { readSamples, sumOf } from "../../../lib/cli/doctor/server_view.ts";
import { FileError } from "../../../lib/files.ts";
import { reportOpenFiles } from "../../../lib/server/door/open_files.ts";
import { VERSION } from "../../../lib/version.ts";

const WELL: readonly Finding[] = [
  { id: "state", tested: "the state", ...ok("4 files") },
  { id: "sts", tested: "STS", ...ok("answers") },
];

Deno.test("on a sound installation there are two lines", () => {
  assert.equal(asText(WELL), "ok: state, sts\n2 checks: 2 ok\n");
  assert.ok(isSound(WELL));
});

Deno.test("a person gets what is wrong, with what was tested and what to do, and the rest by name", () => {
  const findings = [
    ...WELL,
    {
      id: "clock",
      tested: "the clock",
      ...failed('600 s behind "sts.example.com"\u001b[2J', "set it; run: timedatectl"),
    },
    { id: "memory", tested: "the memory", ...warning("much", "look") },
    { id: "apiserver-flag", tested: "the flag", ...skipped("there is none") },
  ];
  assert.equal(
    asText(findings),
    `failed: clock
  tested: the clock
  saw:    600 s behind "sts.example.com"\\u{1b}[2J
  to do:  set it; run: timedatectl
warning: memory
  tested: the memory
  saw:    much
  to do:  look
skipped: apiserver-flag
  tested: the flag
  saw:    there is none
ok: state, sts
5 checks: 2 ok, 1 warning, 1 failed, 1 skipped
`,
  );
  assert.ok(!isSound(findings));
});

Deno.test("a program gets all of it, and what nobody may put on a terminal is escaped", () => {
  const findings = [...WELL, { id: "a", tested: "b", ...warning("c\u202e", "d") }];
  const text = asJson(findings);
  assert.ok(!text.includes("\u202e"));
  assert.deepEqual(JSON.parse(text), { ok: true, version: VERSION, checks: findings });
});

Deno.test("an error's advice is what to do; what only root may read is no fault for others", () => {
  const error = new FileError('Cannot read "x": it is empty; look; restore it from a backup');
  const asRoot = { userId: () => 0 };
  assert.deepEqual(verdictOf(error, asRoot), failed('Cannot read "x": it is empty; look', "restore it from a backup"));
  const cause = new FileError("Cannot read it: permission denied; check", {
    cause: new Deno.errors.PermissionDenied("no"),
  });
  assert.equal(verdictOf(cause, asRoot).outcome, "failed");
  const { outcome, todo } = verdictOf(cause, { userId: () => 1_000 });
  assert.equal(outcome, "skipped");
  assert.match(todo!, /sudo ram-auth doctor/);
});

Deno.test("metrics are read whatever whoever answers puts into them", () => {
  const metrics = readSamples('# HELP a b\na{x="1",y="a\\"}b"} 2\na 3\nb NaN\n}{ 4\n\u001b[2J 5\n');
  assert.deepEqual(metrics.map(({ name, value }) => [name, value]), [["a", 2], ["a", 3], ["b", NaN]]);
  assert.equal(sumOf({ metrics }, "a"), 5);
  assert.equal(sumOf({ metrics }, "a", { x: "1" }), 2);
  assert.equal(sumOf({ metrics }, "c"), undefined);
});

Deno.test("the server says how many files it can open, as far as that matters", () => {
  assert.deepEqual(reportOpenFiles(() => 500).facts(), ["open files: at most 500"]);
  assert.deepEqual(reportOpenFiles((most) => most).facts(), ["open files: at least 1792"]);
  // Connections have theirs at first, and then more than before.
  let nowMs = 0;
  const free = [300, 1_500, 900, 1_792];
  const { facts } = reportOpenFiles(() => free.shift()!, { nowMs: () => nowMs });
  const shown = Array.from({ length: 10 }, () => {
    const [fact] = facts();
    nowMs += 30_000;
    return fact!.replace("open files: ", "");
  });
  const few = ["at most 300", "at most 1500", "at most 1500"].flatMap((fact) => [fact, fact]);
  assert.deepEqual(shown, [...few, ...Array(4).fill("at least 1792")]);
});
