import assert from "node:assert/strict";

async function fuzz(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-env", "--allow-read", "scripts/fuzz.ts", ...args],
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("deno task fuzz tells the seed, and what became of the mutants of each cloud", async () => {
  const { code, stdout, stderr } = await fuzz("--count", "300", "--seed", "7");
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines[0], "seed 7, 300 mutants of each cloud");
  assert.match(lines[1]!, /^alibaba: 300 mutants, \d+ a second, no finding: \d+ refused, \d+ mean the same request, /);
  assert.match(lines[2]!, /^aws: 300 mutants, \d+ a second, no finding: \d+ refused, \d+ mean the same request, /);
  assert.deepEqual([code, lines.length, stderr], [0, 3, ""]);
});

Deno.test("deno task fuzz makes the same of the same seed, for the one cloud that it is told", async () => {
  const [first, second] = [
    await fuzz("--cloud", "aws", "--seed", "7", "--count", "300"),
    await fuzz("--count", "300", "--seed", "7", "--cloud", "aws"),
  ];
  const counts = ({ stdout }: { stdout: string }) => stdout.replace(/\d+ a second/, "");
  assert.equal(counts(first), counts(second));
  assert.match(counts(first), /^seed 7, .*\naws: .*\n$/);
});

for (
  const [what, args] of [
    ["an unknown cloud", ["--cloud", "gcp"]],
    ["an unknown option", ["--sed", "1"]],
    ["an option twice", ["--seed", "1", "--seed", "2"]],
    ["no value", ["--count"]],
    ["a number that is none", ["--count", "1e3"]],
    ["an argument", ["aws"]],
  ] as const
) {
  Deno.test(`deno task fuzz refuses ${what}`, async () => {
    const { code, stderr } = await fuzz(...args);
    assert.match(stderr, /^fuzz: Cannot use ".*\n\ndeno task fuzz \[--cloud alibaba\|aws\]/);
    assert.equal(code, 2);
  });
}

Deno.test("deno task fuzz --help tells its options", async () => {
  const { code, stdout } = await fuzz("--help");
  for (const option of ["--cloud", "--count", "--seed"]) assert.ok(stdout.includes(option), option);
  assert.equal(code, 0);
});
