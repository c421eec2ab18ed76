import assert from "node:assert/strict";
import { startAuditLog } from "../../lib/server/audit.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { realWorld } from "../../lib/world.ts";
import { waitFor } from "../support/wait_for.ts";

const RECORD = {
  event: "refused",
  reason: "not_mapped",
  requestId: "r-1",
  credentialId: "TOKENSHA256=00",
  client: "127.0.0.1:1",
  cloud: "aws",
  identity: undefined,
  user: undefined,
  why: "made up \u202e text",
} as const;

/** Runs an audit log on a path in a folder of its own. */
async function audited(
  path: string,
  body: (at: {
    readonly folder: string;
    readonly path: string;
    readonly audit: ReturnType<typeof startAuditLog>;
    readonly log: () => string;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    let written = "";
    const world = { ...realWorld(), stderr: { isTerminal: false, write: (text: string) => void (written += text) } };
    const log = createLog(world, { format: "json", level: "debug" });
    await using audit = startAuditLog(world, { path: `${folder}/${path}`, log, writeLog: () => {} });
    await body({ folder, path: `${folder}/${path}`, audit, log: () => written });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

let reader: Deno.FsFile | undefined;

const textOf = (path: string) => Deno.readTextFile(path).catch(() => "");

Deno.test("each decision is one line of JSON in a file for its owner alone, without what a terminal obeys", async () => {
  await audited("audit.log", async ({ path, audit }) => {
    audit.record(RECORD);
    audit.record({ ...RECORD, event: "allowed", user: { username: "u", groups: ["g"] } });
    const text = await waitFor("two lines", async () => {
      const text = await textOf(path);
      return text.split("\n").length === 3 ? text : undefined;
    });
    const [first, second] = text.split("\n").slice(0, 2).map((line) => JSON.parse(line));
    assert.deepEqual([first.event, first.reason, first.credentialId], ["refused", "not_mapped", "TOKENSHA256=00"]);
    assert.deepEqual([second.username, second.groups], ["u", ["g"]]);
    assert.doesNotMatch(text, /\u202e/);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.deepEqual(audit.warnings(), []);
  });
});

Deno.test("what is there stays, and a rotated file is left at reopen()", async () => {
  await audited("audit.log", async ({ path, audit }) => {
    await Deno.writeTextFile(path, "old\n");
    audit.record(RECORD);
    await waitFor("the line", async () => /^old\n\{/.test(await textOf(path)));
    await Deno.rename(path, `${path}.1`);
    audit.reopen();
    audit.record(RECORD);
    await waitFor("the line in the new file", async () => /^\{.*\}\n$/.test(await textOf(path)));
    assert.equal((await textOf(`${path}.1`)).split("\n").length, 3);
  });
});

for (
  const [what, path, prepare, mend] of [
    [
      "whose folder is missing",
      "logs/audit.log",
      () => Promise.resolve(),
      (path: string) => Deno.mkdir(path.replace(/\/audit.log$/, "")),
    ],
    ["that is a folder", "audit.log", (path: string) => Deno.mkdir(path), (path: string) => Deno.remove(path)],
    [
      "that is a link",
      "audit.log",
      (path: string) => Deno.symlink("elsewhere", path),
      (path: string) => Deno.remove(path),
    ],
    [
      "that is a FIFO which somebody reads",
      "audit.log",
      async (path: string) => {
        await new Deno.Command("mkfifo", { args: [path] }).output();
        reader = await Deno.open(path, { read: true, write: true });
      },
      async (path: string) => {
        reader?.close();
        await Deno.remove(path);
      },
    ],
  ] as const
) {
  Deno.test(`an audit log ${what} holds nobody up, is reported once, and is written once it can be`, async () => {
    await audited(path, async ({ path, audit, log }) => {
      await prepare(path);
      audit.record(RECORD);
      await waitFor("the report", () => /audit log not written; decisions are queued/.test(log()));
      assert.equal(audit.warnings().length, 1);
      audit.record(RECORD);
      await mend(path);
      await waitFor("both lines", async () => (await textOf(path)).split("\n").length === 3);
      assert.equal(log().split("audit log not written").length, 2);
      assert.match(log(), /audit log written again/);
      assert.deepEqual([audit.warnings(), audit.lost()], [[], 0]);
    });
  });
}

Deno.test("decisions that find no room are counted, and a line says how many", async () => {
  await audited("logs/audit.log", async ({ path, audit }) => {
    const why = "x".repeat(1_000);
    for (let i = 0; i < 2_000; i += 1) audit.record({ ...RECORD, why });
    assert.ok(audit.lost() > 500);
    await Deno.mkdir(path.replace(/\/audit.log$/, ""));
    const lost = `"event":"lost","lines":${audit.lost()}`;
    await waitFor("the line", async () => (await textOf(path)).includes(lost));
  });
});
