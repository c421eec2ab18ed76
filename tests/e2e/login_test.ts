import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { TOKEN_PERMISSIONS } from "../../scripts/permissions.ts";
import { type Cluster, type KubectlResult, startCluster } from "../support/cluster.ts";
import { assertNoLeak } from "../support/leaks.ts";
import { type Keys, mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ALICE = `mapUsers:
  - userARN: acs:ram::1234567890123456:user/alice
    username: alice
    groups: [developers]`;
const ALICE_AND_BOB = `${ALICE}
  - userARN: acs:ram::1234567890123456:user/bob
    username: bob
    groups: [developers]`;

for (const webhookVersion of ["v1", "v1beta1"] as const) {
  testNeeding(["cluster", "kubectl"], `A login through kube-apiserver, TokenReview ${webhookVersion}`, async (t) => {
    await using site = await prepareSite(ALICE);
    await using stack = new AsyncDisposableStack();
    let server = stack.use(await site.start());
    await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookVersion });
    const tokens: string[] = [];
    const { alice, bob } = DEMO_PRINCIPALS;
    const asUserOf = async (keys: Keys, { clusterId = site.clusterId, ageMs = 0 } = {}) => {
      const token = await mintedToken(keys, { clusterId, now: new Date(Date.now() - ageMs) });
      tokens.push(token);
      return await whoami(cluster, token);
    };

    await t.step("a mapped user is known by name and groups, by the exec plugin", async () => {
      const kubeconfig = await cluster.writeKubeconfig({ exec: execSection(site.clusterId, alice) });
      const { code, stdout, stderr } = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
      assert.equal(code, 0, stderr);
      const { userInfo } = JSON.parse(stdout).status;
      assert.equal(userInfo.username, "alice");
      assert.deepEqual(userInfo.groups, ["developers", "system:authenticated"]);
      assert.equal(userInfo.uid, "ack-ram-authenticator:1234567890123456:200000000000000001");
      assert.deepEqual(userInfo.extra.canonicalArn, ["acs:ram::1234567890123456:user/alice"]);
    });

    await t.step("RBAC decides what the user may do", async () => {
      const kubeconfig = await cluster.writeKubeconfig({ exec: execSection(site.clusterId, alice) });
      const list = () => cluster.kubectl(["get", "namespaces"], { kubeconfig });
      const refused = await list();
      assert.match(refused.stderr, /User "alice" cannot list resource "namespaces"/);
      const role = await cluster.kubectl(["create", "clusterrole", "see", "--verb=list,get", "--resource=namespaces"]);
      assert.equal(role.code, 0, role.stderr);
      const binding = ["create", "clusterrolebinding", "see", "--clusterrole=see", "--group=developers"];
      assert.equal((await cluster.kubectl(binding)).code, 0);
      await waitFor("the binding to count", async () => (await list()).code === 0);
      const create = await cluster.kubectl(["create", "namespace", "x"], { kubeconfig });
      assert.match(create.stderr, /User "alice" cannot create resource "namespaces"/);
    });

    await t.step("an unmapped user is not let in", async () => assertUnauthorized(await asUserOf(bob)));

    await t.step(
      "a forged token is not let in",
      async () => assertUnauthorized(await asUserOf({ ...alice, accessKeySecret: "MadeUpWrongSecret" })),
    );

    await t.step(
      "an expired token is not let in",
      async () => assertUnauthorized(await asUserOf(alice, { ageMs: 16 * 60_000 })),
    );

    await t.step(
      "a token for another cluster is not let in",
      async () => assertUnauthorized(await asUserOf(alice, { clusterId: "another" })),
    );

    await t.step("a changed mapping file counts without a restart", async () => {
      await site.writeConfig(ALICE_AND_BOB);
      await waitFor("bob to be let in", async () => (await asUserOf(bob)).stdout.includes("bob"));
    });

    await t.step("a server that was stopped and started is asked again", async () => {
      const { code } = await server.stop("SIGTERM");
      assert.equal(code, 0, server.stderr());
      await waitFor("the API server to forget its answer", async () => (await asUserOf(bob)).code !== 0);
      server = stack.use(await site.start());
      await waitFor("bob to be let in", async () => (await asUserOf(bob)).stdout.includes("bob"));
    });

    await t.step("neither log holds a token", () => {
      const secrets = [alice.accessKeySecret, bob.accessKeySecret];
      for (const log of [cluster.apiserverLog(), server.stderr()]) assertNoLeak(log, { tokens, secrets });
    });
  });
}

async function whoami(cluster: Cluster, token: string): Promise<KubectlResult> {
  const kubeconfig = await cluster.writeKubeconfig({ token });
  return await cluster.kubectl(["auth", "whoami"], { kubeconfig });
}

function assertUnauthorized({ code, stderr }: KubectlResult): void {
  assert.notEqual(code, 0);
  assert.match(stderr, /Unauthorized|must be logged in/);
}

function execSection(clusterId: string, keys: Keys) {
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    interactiveMode: "Never",
    command: Deno.execPath(),
    args: ["run", "--quiet", ...TOKEN_PERMISSIONS, `${Deno.cwd()}/main.ts`, "token", "-i", clusterId],
    env: [
      { name: "ALIBABA_CLOUD_ACCESS_KEY_ID", value: keys.accessKeyId },
      { name: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", value: keys.accessKeySecret },
    ],
  };
}
