import assert from "node:assert/strict";
import { judge, type Stretch } from "../../scripts/bench/outside/soak.ts";
import { testNeeding } from "../support/needs.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

/** Eight stretches in which nothing happens; `change` makes something of the last two. */
function stretches(change: Partial<Stretch> = {}): Stretch[] {
  const calm: Stretch = {
    what: "20 new tokens/s",
    at: 0,
    isCalm: true,
    p99: 30,
    sent: 100,
    failed: 0,
    megabytes: 150,
    handles: 40,
  };
  return Array.from({ length: 8 }, (_, i) => ({ ...calm, at: i * 10, ...(i >= 6 ? change : {}) }));
}

Deno.test("judge() finds nothing where nothing changes", () => {
  const { lines, findings } = judge(stretches());
  assert.deepEqual(findings, []);
  assert.match(
    lines.join("\n"),
    /150 MB in the second quarter, 150 MB in the last; slope of the second half 0\.0 MB\/h/,
  );
});

for (
  const [what, change, finding] of [
    ["memory that grows", { megabytes: 200 }, /memory grew by 50 MB/],
    ["descriptors that stay open", { handles: 140 }, /100 more descriptors/],
    ["a login that fails while nothing is wrong", { failed: 1 }, /2 logins failed/],
    ["a recovery that takes long", { isCalm: false, recoverySeconds: 9 }, /worked again after 9\.0 s/],
    ["no recovery", { isCalm: false }, /worked again after never/],
  ] as const
) {
  Deno.test(`judge() finds ${what}`, () => {
    const { findings } = judge(stretches(change));
    assert.match(findings.join("\n"), finding);
  });
}

Deno.test("judge() finds p99 that rises, but not where it is short", () => {
  const slower = (p99: number) => stretches().map((one, i) => i >= 4 ? { ...one, p99 } : one);
  assert.match(judge(slower(100)).findings.join("\n"), /p99 went from 30\.0 to 100\.0 ms/);
  assert.deepEqual(judge(slower(80)).findings, []);
});

testNeeding(["node"], "deno task soak says what it knows when it is interrupted", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  const [, ...args] = tasks.soak.split(" ");
  await using soak = startProcess(Deno.execPath(), { args: [...args, "--minutes", "5"] });
  await waitFor("the first stretch", () => {
    assert.ok(!soak.hasEnded(), soak.stderr());
    return /^ +\d+ s {2}20 new tokens\/s/m.test(soak.stdout());
  });
  const { code } = await soak.stop("SIGINT");
  assert.match(soak.stdout(), /\n[\d.]+ minutes, \d+ stretches, \d+ logins\nmemory: /);
  assert.equal(code, 0, soak.stdout());
});

for (
  const args of [["--minutes", "0"], ["--minutes=-1"], ["--hours", "x"], ["--hours", "1", "--minutes", "1"], ["5"]]
) {
  Deno.test(`deno task soak refuses ${args.join(" ")}`, async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "soak", ...args],
      stdin: "null",
    }).output();
    assert.match(new TextDecoder().decode(stderr), /^Cannot read the arguments: .*; see deno task soak --help\n$/);
    assert.equal(code, 2);
  });
}
