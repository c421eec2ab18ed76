import assert from "node:assert/strict";
import { mint as mintForAws } from "../../lib/clouds/aws/mint.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { isAwsPrincipal, type Principal } from "../../lib/emulator/principal.ts";
import { startStsEmulator } from "../../lib/emulator/sts.ts";
import { Secret } from "../../lib/secret.ts";
import { realWorld } from "../../lib/world.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { freePort } from "../support/free_port.ts";
import { mintedToken } from "../support/minted_token.ts";
import { postReview, startServerProcess } from "../support/server_process.ts";

/** The user of the peers' examples, in either cloud. */
const ALICE_OF_ALIBABA: Principal = {
  accessKeyId: "LTAI5tMadeUpAlice",
  accessKeySecret: "MadeUpSecretOfAlice",
  identity: {
    IdentityType: "RAMUser",
    AccountId: "000000000000",
    UserId: "200000000000000009",
    PrincipalId: "200000000000000009",
    Arn: "acs:ram::000000000000:user/Alice",
  },
};
const ALICE_OF_AWS: Principal = {
  accessKeyId: "AKIAMADEUPALICE00001",
  accessKeySecret: "MadeUpSecretOfAlice",
  identity: {
    Account: "000000000000",
    Arn: "arn:aws:iam::000000000000:user/Alice",
    UserId: "AIDAMADEUPALICE000001",
  },
};

for (
  const { what, file, clusterId, clouds, counts, problems, users } of [
    {
      what: "aws-iam-authenticator's",
      file: "tests/interop/peer_configs/aws-iam-authenticator.yaml",
      clusterId: "my-dev-cluster.example.com",
      clouds: ["aws"],
      counts: { rules: 8, invalid: 0 },
      problems: [
        ...Array<RegExp>(3).fill(/^warn Cannot reach this rule/),
        /^warn .* its username is "{{SessionNameRaw}}" alone/,
      ],
      users: [[ALICE_OF_AWS, "alice", "system:masters"]],
    },
    {
      what: "ack-ram-authenticator's",
      file: "tests/interop/peer_configs/ack-ram-authenticator.yaml",
      clusterId: "my-dev-cluster.example.com",
      clouds: ["alibaba"],
      counts: { rules: 3, invalid: 0 },
      // Its made-up account has the twelve digits of AWS.
      problems: Array<RegExp>(2).fill(
        /^warn .* "000000000000" has 12 digits, and an account id of Alibaba Cloud has 16/,
      ),
      users: [[ALICE_OF_ALIBABA, "alice", "system:masters"]],
    },
    {
      what: "our own",
      file: "manifests/config.example.yaml",
      clusterId: "my-cluster",
      clouds: ["alibaba", "aws"],
      counts: { rules: 7, invalid: 0 },
      problems: [],
      users: [[DEMO_PRINCIPALS.alice, "ram:alice", "ram:viewers"], [
        DEMO_AWS_PRINCIPALS.dave,
        "aws:dave",
        "ram:viewers",
      ]],
    },
  ] as const
) {
  Deno.test(`${what} example config starts our server as it is, and its users log in`, async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "peer-config-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const pair = await makeLoopbackCertificate();
    await Deno.writeTextFile(`${folder}/sts-ca.pem`, pair.caPem);
    const principals = users.map(([principal]) => principal);
    const sts = startStsEmulator({ ...pair, principals, now: () => new Date() });
    stack.defer(() => sts.shutdown());
    const [port, healthPort] = [freePort(), freePort()];

    // Paths and ports that a test cannot have are given as flags, which win over the file.
    const server = stack.use(
      await startServerProcess([
        ...[`--config=${file}`, "--log-format=json", `--port=${port}`, `--health-port=${healthPort}`],
        ...[`--state-dir=${folder}/state`, `--generate-kubeconfig=${folder}/kubeconfig.yaml`],
        ...[`--sts-ca-file=${folder}/sts-ca.pem`, `--sts-endpoint=${sts.host}`, `--sts-hosts=${sts.host}`],
      ], { healthUrl: `http://127.0.0.1:${healthPort}` }),
    );

    const log = server.stderr().split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    const linesOf = (message: string) => log.filter((line) => line.message === message);
    assert.deepEqual(linesOf("accepting tokens").map(({ cloud }) => cloud).sort(), clouds);
    const [{ rules, invalid }] = linesOf("mappings in force");
    assert.deepEqual({ rules, invalid }, counts);
    const said = linesOf("mapping problem").map(({ level, why }) => `${level} ${why}`);
    assert.equal(said.length, problems.length, said.join("\n"));
    for (const [i, problem] of problems.entries()) assert.match(said[i]!, problem);

    for (const [principal, username, group] of users) {
      const token = await tokenOf(principal, { clusterId, stsHost: sts.host });
      const { user } = await postReview(token, {
        url: `https://127.0.0.1:${port}`,
        caFile: `${folder}/state/ca.pem`,
        kubeconfig: `${folder}/kubeconfig.yaml`,
      });
      assert.equal(user?.username, username);
      assert.deepEqual(user?.groups, [group]);
    }
  });
}

/** A token for the emulator: one of AWS names its host. */
async function tokenOf(
  principal: Principal,
  { clusterId, stsHost }: { readonly clusterId: string; readonly stsHost: string },
): Promise<string> {
  const now = new Date();
  if (!isAwsPrincipal(principal)) return await mintedToken(principal, { clusterId, now });
  const { accessKeyId, accessKeySecret } = principal;
  const credentials = { accessKeyId, accessKeySecret: new Secret(accessKeySecret), source: "a test" };
  const sts = { region: "us-east-1", endpoint: stsHost, caFile: undefined, profile: undefined };
  return (await mintForAws(realWorld(), { clusterId, credentials, now, sts })).token.reveal();
}
