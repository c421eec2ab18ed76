import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { CREDENTIAL_ID_KEY } from "../../lib/review/credential_id.ts";
import { startCluster } from "../support/cluster.ts";
import { assertNoLeak } from "../support/leaks.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const { alice } = DEMO_PRINCIPALS;
const ALICE_ARN = alice.identity.Arn;

/** A line of either audit log. */
type Line = Readonly<Record<string, unknown>> & {
  readonly user?: { readonly extra?: Readonly<Record<string, readonly string[]>> };
};

function linesOf(text: string): Line[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

testNeeding(
  ["cluster", "kubectl"],
  "A login is followed through both audit logs, and ended by the deny list",
  async (t) => {
    await using site = await prepareSite(`mapUsers: [{userARN: "${ALICE_ARN}", username: alice}]
cache: {ttl: 900}`);
    const path = `${site.folder}/audit.log`;
    await using server = await site.start(undefined, undefined, ["--audit-path", path]);
    await using cluster = await startCluster({
      webhookKubeconfig: site.webhookKubeconfig,
      webhookCacheTtlSeconds: 0,
      audits: true,
    });
    const token = await mintedToken(alice, { clusterId: site.clusterId, now: new Date() });
    const kubeconfig = await cluster.writeKubeconfig({ token });
    const isIn = async () => (await cluster.kubectl(["auth", "whoami"], { kubeconfig })).code === 0;
    const decisions = async (file = path) => linesOf(await Deno.readTextFile(file));

    await t.step("from the token to Kubernetes' line and back, by the credential id", async () => {
      assert.equal(await isIn(), true);
      const ours = await waitFor("our line", async () => (await decisions()).find(({ event }) => event === "allowed"));
      const { credentialId, username, arn, reason, cloud } = ours;
      assert.deepEqual({ username, arn, reason, cloud }, {
        username: "alice",
        arn: ALICE_ARN,
        reason: "allowed",
        cloud: "alibaba",
      });
      const theirs = await waitFor(
        "the line of Kubernetes",
        async () =>
          linesOf(await cluster.auditLog()).find(({ user }) => user?.extra?.[CREDENTIAL_ID_KEY]?.[0] === credentialId),
      );
      assert.equal((theirs.user as { username?: string }).username, "alice");
      const asked = linesOf(server.stderr()).find(({ requestId }) => requestId === ours["requestId"]);
      assert.equal(asked?.["username"], "alice");
    });

    await t.step("a rotated file is left, and a new one is begun at SIGHUP", async () => {
      await Deno.rename(path, `${path}.1`);
      server.signal("SIGHUP");
      await waitFor("a line in the new file", async () => {
        assert.equal(await isIn(), true);
        return await Deno.stat(path).then(() => true, () => undefined);
      });
      assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
      for (const { event } of [...await decisions(), ...await decisions(`${path}.1`)]) assert.equal(event, "allowed");
    });

    await t.step(
      "ram-auth deny add ends the login of a token whose decision is kept, and remove lets it in again",
      async () => {
        const deny = async (verb: "add" | "remove") => {
          const args = [
            "run",
            "--quiet",
            "--no-prompt",
            "-A",
            "main.ts",
            "deny",
            verb,
            ALICE_ARN,
            "-c",
            site.configFile,
          ];
          const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
          assert.equal(code, 0, new TextDecoder().decode(stderr));
        };
        await deny("add");
        await waitFor("alice to be refused", async () => !await isIn());
        const refused = await waitFor(
          "our line",
          async () => (await decisions()).findLast(({ event }) => event === "refused"),
        );
        assert.deepEqual([refused["reason"], refused["arn"]], ["deny_listed", ALICE_ARN]);
        await deny("remove");
        await waitFor("alice to be let in", isIn);
      },
    );

    await t.step("no log holds the token", async () => {
      const logs = [server.stderr(), cluster.apiserverLog(), await cluster.auditLog(), await Deno.readTextFile(path)];
      for (const log of logs) assertNoLeak(log, { tokens: [token], secrets: [alice.accessKeySecret] });
    });
  },
);
