import assert from "node:assert/strict";
import { createLog, type LogLevel } from "../../lib/telemetry/log.ts";
import { fakeWorld } from "../config/fake_world.ts";

Deno.test("the log writes one line of JSON per event to standard error, with the world's clock", () => {
  const world = fakeWorld();
  const log = createLog(world, { format: "json", level: "info" });
  log.info("review ended", { result: "success", groups: ["a", "b"], tries: 1, cached: false, arn: undefined });
  assert.equal(world.out(), "");
  assert(world.err().endsWith("\n"));
  assert.deepEqual(JSON.parse(world.err()), {
    level: "info",
    time: "2026-01-02T03:04:05.000Z",
    result: "success",
    groups: ["a", "b"],
    tries: 1,
    cached: false,
    message: "review ended",
  });
});

Deno.test("the log writes text for people", () => {
  const world = fakeWorld();
  const log = createLog(world, { format: "text", level: "info" });
  log.warn("slow down", { region: "cn-hangzhou", why: "two words", groups: ["a"], empty: "" });
  assert.equal(
    world.err(),
    '2026-01-02T03:04:05.000Z WARN  slow down region=cn-hangzhou why="two words" groups="[\\"a\\"]" empty=""\n',
  );
});

for (const format of ["json", "text"] as const) {
  for (const hostile of ["a\nb", "a\r\nb", 'a" level="error', "a\u001b[31mb", "a\0b", "a\u009b31mb", "a\u202eb"]) {
    Deno.test(`a value cannot break the ${format} log's line: ${JSON.stringify(hostile)}`, () => {
      const world = fakeWorld();
      createLog(world, { format, level: "info" }).info("event", { session: hostile });
      assert.match(world.err(), /^[\x20-\x7e]+\n$/);
      if (format === "json") assert.equal(JSON.parse(world.err()).session, hostile);
      assert(!world.err().includes(' level="error'), world.err());
    });
  }
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
for (const [index, level] of LEVELS.entries()) {
  Deno.test(`the log at level ${level} leaves out what is below`, () => {
    const world = fakeWorld();
    const log = createLog(world, { format: "json", level });
    for (const each of LEVELS) log[each](each);
    const written = world.err().trimEnd().split("\n").map((line) => JSON.parse(line).level);
    assert.deepEqual(written, LEVELS.slice(index));
  });
}

Deno.test("the text log shows what a terminal would obey, and does not send it there", () => {
  const world = fakeWorld();
  createLog(world, { format: "text", level: "info" }).info("event", { session: "a\u202eb\u200b" });
  assert.match(world.err(), /session="a\\u\{202e\}b\\u\{200b\}"\n$/);
});
