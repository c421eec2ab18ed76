import assert from "node:assert/strict";
import { CREDENTIAL_ID_KEY } from "../../lib/review/credential_id.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { TOKEN_PERMISSIONS } from "../../scripts/permissions.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { assertNoLeak } from "../support/leaks.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, withoutCredentialId } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: "ram:alice", groups: [developers]}`;
const ADMIN = `mapRoles:
  - {roleARN: "arn:aws:iam::123456789012:role/ClusterAdmin", username: "aws:{{SessionName}}", groups: [operators]}`;

const { alice } = DEMO_PRINCIPALS;
const { clusterAdmin } = DEMO_AWS_PRINCIPALS;

testNeeding(["cluster", "kubectl"], "Users of both clouds log in to one cluster", async (t) => {
  await using site = await prepareSite(ALICE, { clouds: ["alibaba", "aws"] });
  const { clusterId, stsHost } = site;
  const writeMappings = (...sections: readonly string[]) =>
    site.writeConfig([`stsHosts: ["${stsHost}"]`, ...sections].join("\n"));
  await writeMappings(ALICE, ADMIN);
  await using stack = new AsyncDisposableStack();
  let server = stack.use(await site.start());
  await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookVersion: "v1" });

  const users = {
    alibaba: await cluster.writeKubeconfig(execUser(["-i", clusterId], {
      ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
    })),
    aws: await cluster.writeKubeconfig(execUser(["--cloud", "aws", "-i", clusterId, "--sts-endpoint", stsHost], {
      AWS_ACCESS_KEY_ID: clusterAdmin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: clusterAdmin.accessKeySecret,
      AWS_SESSION_TOKEN: clusterAdmin.securityToken,
    })),
  };

  await t.step("a user of Alibaba Cloud, by name, groups, id and extras", async () => {
    assert.deepEqual(await whoami(cluster, users.alibaba), {
      username: "ram:alice",
      uid: "ack-ram-authenticator:1234567890123456:200000000000000001",
      groups: ["developers", "system:authenticated"],
      extra: {
        arn: ["acs:ram::1234567890123456:user/alice"],
        canonicalArn: ["acs:ram::1234567890123456:user/alice"],
        sessionName: [""],
      },
    });
  });

  await t.step("a role of AWS, by name, groups, id and extras", async () => {
    assert.deepEqual(await whoami(cluster, users.aws), {
      username: "aws:dave-example.com",
      uid: "aws-iam-authenticator:123456789012:AROAMADEUPADMIN000001",
      groups: ["operators", "system:authenticated"],
      extra: {
        accessKeyId: ["ASIAMADEUPADMIN00001"],
        arn: ["arn:aws:sts::123456789012:assumed-role/ClusterAdmin/dave@example.com"],
        canonicalArn: ["arn:aws:iam::123456789012:role/ClusterAdmin"],
        principalId: ["AROAMADEUPADMIN000001"],
        sessionName: ["dave@example.com"],
        "sigs.k8s.io/aws-iam-authenticator/principalId": ["AROAMADEUPADMIN000001"],
      },
    });
  });

  await t.step("neither log holds a secret", () => {
    const secrets = [alice.accessKeySecret, clusterAdmin.accessKeySecret, clusterAdmin.securityToken];
    for (const log of [cluster.apiserverLog(), server.stderr()]) assertNoLeak(log, { tokens: [], secrets });
  });

  for (
    const [mapped, mappings, other] of [["alibaba", ALICE, "aws"], ["aws", ADMIN, "alibaba"]] as const
  ) {
    await t.step(`mappings of ${mapped} alone give a token of ${other} no user`, async () => {
      await server.stop("SIGTERM");
      await writeMappings(mappings);
      server = stack.use(await site.start());
      await whoami(cluster, users[mapped]);
      const refused = () => cluster.kubectl(["auth", "whoami"], { kubeconfig: users[other] });
      // A token of the same second is the same token, whose answer the API server keeps for a second.
      await waitFor("the token to be refused", async () => (await refused()).code !== 0);
      assert.match((await refused()).stderr, /Unauthorized|must be logged in/);
      assert.match(server.stderr(), /"reason":"not_mapped"/);
    });
  }
});

/** Who the API server says is asking. */
async function whoami(cluster: Cluster, kubeconfig: string) {
  const { code, stdout, stderr } = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
  assert.equal(code, 0, stderr);
  const user = JSON.parse(stdout).status.userInfo;
  assert.match(user.extra[CREDENTIAL_ID_KEY][0], /^TOKENSHA256=[0-9a-f]{64}$/);
  return { ...user, extra: withoutCredentialId(user.extra) };
}

function execUser(args: readonly string[], env: Readonly<Record<string, string>>) {
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      interactiveMode: "Never",
      command: Deno.execPath(),
      args: ["run", "--quiet", ...TOKEN_PERMISSIONS, `${Deno.cwd()}/main.ts`, "token", ...args],
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
    },
  };
}
