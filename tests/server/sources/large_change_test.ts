import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { prepareSite, type ServerSite } from "../../support/server_process.ts";
import { installTestBinary } from "../../support/test_binary.ts";
import { waitFor } from "../../support/wait_for.ts";

const ALICE = { userARN: "acs:ram::1234567890123456:user/alice", username: "alice" };

const rules = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    roleARN: `acs:ram::1234567890123456:role/team-${i}`,
    username: `user-${i}`,
    groups: ["developers"],
  }));

/** What is written over a file that maps Alice alone, and what the server should make of it. */
const CHANGES = [
  ["100,000 rules", "in_force", JSON.stringify({ mapUsers: [ALICE], mapRoles: rules(100_000) })],
  [
    "10,000 wildcards, of which one is anchored",
    "in_force",
    `mapUsers: [&alice ${JSON.stringify(ALICE)}]\nmapRoles:\n` +
    rules(10_000).map(({ roleARN, username }) => `- {rolearn: "${roleARN}-*-x", username: ${username}}\n`).join(""),
  ],
  ["1 MB of broken YAML", "refused", `mapUsers: &x\n${"- rolearn: [a\n  b: c: d\n".repeat(45_000)}`],
  ["16 MB of broken YAML", "refused", "a: b: c\n".repeat(2_000_000)],
] as const;

Deno.test("logins go on while large or broken mappings are read", async (t) => {
  await using site = await prepareSite("");
  const file = `${site.folder}/mappings.json`;
  await site.writeConfig(`backendMode: DynamicFile\ndynamicfilepath: ${file}`);
  await Deno.writeTextFile(file, JSON.stringify({ mapUsers: [ALICE] }));
  await using server = await site.start(await installTestBinary(site.folder));
  let readings = { in_force: 1, refused: 0 };
  for (const [what, result, text] of CHANGES) {
    await t.step(what, async () => {
      readings = { ...readings, [result]: readings[result] + 1 };
      await replaceFile(file, text);
      // Without it, the rest after the reading before would have to pass.
      server.signal("SIGHUP");
      let longestMs = 0;
      let reviews = 0;
      do {
        const startMs = performance.now();
        assert.equal((await site.review(DEMO_PRINCIPALS.alice)).authenticated, true);
        longestMs = Math.max(longestMs, performance.now() - startMs);
        reviews += 1;
      } while (await readingsOf(site, result) < readings[result]);
      const tookMs = 1_000 * Number(/^ram_auth_mapping_read_seconds\{.*\} (.*)$/m.exec(await metrics(site))![1]);
      // Read in one go, it would hold up one of the reviews for all of the time.
      if (tookMs > 2_000) assert(longestMs < tookMs / 2, `a review took ${longestMs} ms of ${tookMs} ms`);
      assert.equal((await site.review(DEMO_PRINCIPALS.alice)).authenticated, true);
      assert(reviews > 0);
      const isRefused = (await (await fetch(`${site.healthUrl}/readyz?verbose`)).text()).includes("stays in force");
      assert.equal(isRefused, result === "refused");
    });
  }
  await t.step("what was refused is not read again, and reported in a few lines", async () => {
    await Deno.utime(file, new Date(), new Date());
    server.signal("SIGHUP");
    const lines = () => server.stderr().split("\n").filter((line) => line.includes("the old ones stay in force"));
    await waitFor("the same refusal once more", () => lines().length === 3);
    assert.equal(await readingsOf(site, "refused"), readings.refused);
    assert(lines().every((line) => line.length < 10_000));
  });
});

async function readingsOf(site: ServerSite, result: "in_force" | "refused"): Promise<number> {
  const found = new RegExp(`^ram_auth_mapping_reads_total\\{.*result="${result}"\\} (\\d+)$`, "m").exec(
    await metrics(site),
  );
  return Number(found?.[1] ?? 0);
}

async function metrics(site: ServerSite): Promise<string> {
  return await (await fetch(`${site.healthUrl}/metrics`)).text();
}
