import assert from "node:assert/strict";

/** Runs `scripts/test.ts` on one made-up test file. */
async function runTests(source: string, ...args: string[]): Promise<{ code: number; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/made_up_test.ts`, source);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", "--allow-run"]
        .concat("scripts/test.ts", `${folder}/made_up_test.ts`, args),
      stderr: "null",
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [what, source, code, last] of [
    ["passes", `Deno.test("a", () => {});`, 0, "1 passed, 0 failed"],
    ["fails", `Deno.test("a", () => {}); Deno.test("b", () => { throw 1; });`, 1, "1 passed, 1 failed"],
    ["does not load", `throw new Error("made up");`, 1, "0 passed, 1 failed"],
    ["has a type error", `const n: number = "";`, 1, "0 passed, 1 failed"],
    ["holds no test", `export {};`, 1, "0 passed, 0 failed"],
    ["leaves a timer behind", `Deno.test("a", () => { setTimeout(() => {}, 1e6); });`, 1, "0 passed, 1 failed"],
  ] as const
) {
  Deno.test(`deno task test ends with "${last}" if a file ${what}`, async () => {
    const result = await runTests(source);
    assert.equal(result.lines.at(-1), last);
    assert.equal(result.code, code);
  });
}

Deno.test("deno task test says what it skipped and why", async () => {
  const { code, lines } = await runTests(
    `Deno.test("a", () => {}); Deno.test({ name: "b (skipped: X is not set)", ignore: true, fn() {} });`,
  );
  assert.deepEqual(lines.slice(-4), ["Skipped:", "  b (skipped: X is not set)", "", "1 passed, 0 failed, 1 skipped"]);
  assert.equal(code, 0);
});

Deno.test("deno task test fails if the filter leaves no test", async () => {
  const { code, lines } = await runTests(`Deno.test("a", () => {});`, "--filter", "nothing of that name");
  assert.equal(lines.at(-1), "0 passed, 0 failed");
  assert.equal(code, 1);
});

Deno.test("deno task test lets no test call another machine", async () => {
  const { code, lines } = await runTests(`Deno.test("a", async () => { await fetch("http://192.0.2.1"); });`);
  assert.match(lines.join("\n"), /Requires net access to "192\.0\.2\.1/);
  assert.equal(code, 1);
});
