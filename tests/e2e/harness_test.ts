import assert from "node:assert/strict";
import { startCluster } from "../support/cluster.ts";
import { freePort } from "../support/free_port.ts";
import { testNeeding } from "../support/needs.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

testNeeding(
  ["cluster", "kubectl"],
  "a cluster starts beside a webhook that nobody serves, and knows its users",
  async (t) => {
    const folder = await Deno.makeTempDir();
    try {
      const webhookKubeconfig = `${folder}/webhook.json`;
      await Deno.writeTextFile(webhookKubeconfig, unreachableWebhook(freePort()));
      await using cluster = await startCluster({ webhookKubeconfig, webhookVersion: "v1" });

      await t.step("the administrator is known without the webhook", async () => {
        const whoami = await cluster.kubectl(["auth", "whoami", "-o", "json"]);
        assert.equal(whoami.code, 0, whoami.stderr);
        const { userInfo } = JSON.parse(whoami.stdout).status;
        assert.equal(userInfo.username, "admin");
        assert.deepEqual(userInfo.groups, ["system:masters", "system:authenticated"]);
      });

      await t.step("a bearer token that nobody knows is 401, and the webhook was asked", async () => {
        const kubeconfig = await cluster.writeKubeconfig({ token: "made-up-token" });
        const whoami = await cluster.kubectl(["auth", "whoami"], { kubeconfig });
        assert.equal(whoami.code, 1);
        assert.match(whoami.stderr, /logged in to the server|Unauthorized/);
        assert.match(cluster.apiserverLog(), /Failed to make webhook authenticator request/);
        assert.doesNotMatch(cluster.apiserverLog(), /made-up-token/);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testNeeding(["cluster"], "a cluster that cannot start says why and leaves nothing behind", async () => {
  const failure = await startCluster({ webhookKubeconfig: "/nonexistent/webhook.yaml" }).then(
    (cluster) => cluster.stop().then(() => assert.fail("the cluster started")),
    (error: Error) => error,
  );
  assert.match(failure.message, /^Cannot start the cluster: [^]*\/nonexistent\/webhook\.yaml/);
  const folder = /(\/\S+)\/certs\/apiserver\.crt/.exec(failure.message)?.[1];
  assert(folder !== undefined);
  await assert.rejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

function unreachableWebhook(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "webhook", cluster: { server: `https://127.0.0.1:${port}/authenticate` } }],
    users: [{ name: "apiserver", user: {} }],
    contexts: [{ name: "webhook", context: { cluster: "webhook", user: "apiserver" } }],
    "current-context": "webhook",
  });
}

/** Starts a machine, says which its folder and its first process are, and waits to be ended. */
const HOLD_MACHINE = `
const { startMachine } = await import(Deno.args[0]);
const { folder, firstPid } = await startMachine({ hasControllers: true });
console.log(JSON.stringify({ folder, firstPid }));
setInterval(() => {}, 60_000);
`;

for (
  const [how, target] of [
    ["are killed", (pid: number) => ["KILL", "--", String(pid)]],
    ["are interrupted at the terminal", (pid: number) => ["INT", "--", `-${pid}`]],
  ] as const
) {
  testNeeding(["machine"], `a machine ends when its tests ${how}, and leaves nothing behind`, async () => {
    const module = import.meta.resolve("../support/machine.ts");
    const flags = ["--quiet", "--no-config", "--allow-env", "--allow-read", "--allow-write", "--allow-run"];
    const script = await Deno.makeTempFile({ suffix: ".js" });
    await Deno.writeTextFile(script, HOLD_MACHINE);
    // A process group of its own, as a terminal's job is.
    await using tests = startProcess("setsid", { args: [Deno.execPath(), "run", ...flags, script, module] });
    const { folder, firstPid } = await waitFor("the machine", () => {
      if (tests.hasEnded()) throw new Error(tests.stderr());
      return tests.stdout() === "" ? undefined : JSON.parse(tests.stdout());
    });
    await Deno.remove(script);
    const [group] = /ram-auth-test-\d+/.exec(await outputOf("cat", `/proc/${firstPid}/cgroup`))!;
    const left = () =>
      Promise.all([
        outputOf("find", "/sys/fs/cgroup", "-name", group),
        outputOf("ps", "-o", "pid=", "-p", firstPid),
        outputOf("find", folder, "-maxdepth", "0"),
      ]);
    assert.ok((await left()).every((found) => found !== ""), "so this is how to find what is left");

    await new Deno.Command("kill", { args: ["-s", ...target(tests.pid)] }).output();
    await waitFor("nothing to be left", async () => (await left()).join("") === "");
  });
}

async function outputOf(command: string, ...args: readonly string[]): Promise<string> {
  return new TextDecoder().decode((await new Deno.Command(command, { args: [...args] }).output()).stdout);
}
