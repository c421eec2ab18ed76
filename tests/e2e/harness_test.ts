import assert from "node:assert/strict";
import { startCluster } from "../support/cluster.ts";
import { freePort } from "../support/free_port.ts";
import { testNeeding } from "../support/needs.ts";

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
