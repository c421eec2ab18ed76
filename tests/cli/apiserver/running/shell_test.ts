import assert from "node:assert/strict";
import { runShell } from "../../../../lib/cli/apiserver/running/shell.ts";

const LONG = { timeoutMs: 600_000, signal: new AbortController().signal };

Deno.test("runShell() gives a text its arguments as words, a fixed search path, and nothing of the environment", async () => {
  Deno.env.set("RAM_AUTH_TEST_SHELL", "made up");
  try {
    const result = await runShell(`printf '%s|' "$#" "$1" "$PATH" "\${RAM_AUTH_TEST_SHELL-unset}" "$(pwd)"; cat`, {
      ...LONG,
      args: ['$(reboot) "; reboot'],
    });
    assert.deepEqual(result, {
      kind: "ended",
      code: 0,
      stdout: '1|$(reboot) "; reboot|/usr/sbin:/usr/bin:/sbin:/bin|unset|/|',
      stderr: "",
    });
  } finally {
    Deno.env.delete("RAM_AUTH_TEST_SHELL");
  }
});

Deno.test("runShell() says with which code a text ended", async () => {
  const result = await runShell("echo why >&2; exit 3", LONG);
  assert.deepEqual(result, { kind: "ended", code: 3, stdout: "", stderr: "why\n" });
});

Deno.test("runShell() ends a text that takes too long, prints too much, or is no longer wanted", async () => {
  const slow = await runShell("exec sleep 600", { ...LONG, timeoutMs: 100 });
  assert.deepEqual(slow, { kind: "cut", why: "it took more than 0.1 s" });
  const loud = await runShell("exec yes", LONG);
  assert.deepEqual(loud, { kind: "cut", why: "it printed more than 1048576 bytes" });
  const stop = new AbortController();
  const unwanted = runShell("exec sleep 600", { ...LONG, signal: stop.signal });
  stop.abort();
  assert.deepEqual(await unwanted, { kind: "cut", why: "it was interrupted" });
});

Deno.test("runShell() says why the system starts no shell", async () => {
  const result = await runShell("true", { ...LONG, args: ["x".repeat(1_048_576)] });
  assert.ok(
    result.kind === "cut" && /^"\/bin\/sh" does not start: .*too long/.test(result.why),
    JSON.stringify(result),
  );
});
