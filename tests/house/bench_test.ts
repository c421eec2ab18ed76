import assert from "node:assert/strict";
import { withSection } from "../../scripts/bench/outside/page.ts";
import { inTurn, markdownTable, ratio, slope, spread } from "../../scripts/bench/outside/figures.ts";
import { SCENARIOS } from "../../scripts/bench/scenarios/scenarios.ts";
import { testNeeding } from "../support/needs.ts";

async function bench(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bench", ...args],
    // Compiling takes a minute.
    env: { DENORT_BIN: "" },
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

testNeeding(["node"], "deno task bench measures each server from outside", async () => {
  const { code, stdout, stderr } = await bench("--quick", "herd", "throughput");
  assert.equal(code, 0, stderr);
  const rows = stdout.split("\n").filter((line) => line.startsWith("| ram-auth, source"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.equal(rows.length, 5, stdout);
  const [herd, ...throughput] = rows.toSorted((a, b) => a.length - b.length);
  const [calls, loggedIn, lost] = herd!.slice(2, 5).map(Number);
  assert.ok(calls! >= 1 && calls! <= 50, stdout);
  assert.deepEqual([loggedIn, lost], [50, 0], stdout);
  for (const [, , , rate, , cpu] of throughput) {
    assert.ok(Number(rate) > 0, stdout);
    assert.ok(Number(cpu) > 0, stdout);
  }
});

Deno.test("deno task bench --help tells every scenario and part", async () => {
  const { code, stdout } = await bench("--help");
  for (const name of [...Object.keys(SCENARIOS), "token", "sts", "lookup"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
  assert.equal(code, 0);
});

for (
  const [what, args] of [["an unknown name", ["tokens"]], ["--write with --quick", ["--quick", "--write"]]] as const
) {
  Deno.test(`deno task bench refuses ${what}`, async () => {
    const { code, stdout, stderr } = await bench(...args);
    assert.match(stderr, /^Cannot read the arguments: .*; see deno task bench --help\n$/);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}

Deno.test("the page of benchmarks has a place for each scenario", async () => {
  const page = await Deno.readTextFile("docs/benchmarks.md");
  for (const name of Object.keys(SCENARIOS)) {
    const written = withSection(page, name, "measured anew");
    assert.match(written, new RegExp(`<!-- measured: ${name} -->\n\nmeasured anew\n\n<!-- end: ${name} -->`));
  }
});

for (
  const [what, page] of [
    ["without markers", "# Benchmarks\n"],
    ["with one marker", "<!-- measured: herd -->\n"],
    ["with markers upside down", "<!-- end: herd -->\n<!-- measured: herd -->\n"],
    ["with markers twice", "<!-- measured: herd -->\n<!-- end: herd -->\n".repeat(2)],
  ] as const
) {
  Deno.test(`withSection() refuses a page ${what}`, () => {
    assert.throws(() => withSection(page, "herd", "text"), /needs the lines/);
  });
}

Deno.test("inTurn() lets another one begin in each round", async () => {
  const order: string[] = [];
  const results = await inTurn(["a", "b"], 3, (name) => Promise.resolve(order.push(name)));
  assert.equal(order.join(""), "abbaab");
  assert.deepEqual(results.get("a"), [1, 4, 5]);
});

Deno.test("spread() and ratio() condense rounds, and leave out what has no value", () => {
  assert.equal(spread([3, 1, 2], 1), "2.0 (1.0–3.0)");
  assert.equal(spread([null, 7]), "7.00");
  assert.equal(spread([null]), "–");
  assert.equal(ratio([2, 3, 40], [1, 1, 10]), "3.00");
  assert.equal(ratio([2, null], [0, 1]), "–");
  assert.equal(ratio([2], undefined), "–");
});

Deno.test("slope() is by how much a value grows in each unit of time", () => {
  assert.equal(slope([[0, 100], [1, 103], [2, 106]]), 3);
  assert.equal(slope([[0, 7], [5, 7], [10, 7]]), 0);
  assert.equal(slope([[0, 1], [1, 2]]), undefined);
});

Deno.test("markdownTable() is as deno fmt leaves it", async () => {
  const text = markdownTable({ caption: "Logins", head: ["Server", "p50"], rows: [["ram-auth", "1.00 (0.50–2.00)"]] });
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(text));
  await input.close();
  assert.equal(new TextDecoder().decode((await child.output()).stdout), text);
});
