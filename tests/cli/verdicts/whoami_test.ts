import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { realWorld } from "../../../lib/world.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { startCluster } from "../../support/cluster.ts";
import { testNeeding } from "../../support/needs.ts";
import { prepareSite, type ServerSite } from "../../support/server_process.ts";

const { alice, bob } = DEMO_PRINCIPALS;
const { dave } = DEMO_AWS_PRINCIPALS;
const ALICE = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
};
const BOB = { ALIBABA_CLOUD_ACCESS_KEY_ID: bob.accessKeyId, ALIBABA_CLOUD_ACCESS_KEY_SECRET: bob.accessKeySecret };
const DAVE = { AWS_ACCESS_KEY_ID: dave.accessKeyId, AWS_SECRET_ACCESS_KEY: dave.accessKeySecret };

const MAPPINGS = `mapUsers:
  - {userARN: "${alice.identity.Arn}", username: alice, groups: [developers, "two words"]}`;

/** Runs the command against the site's STS. */
async function whoami(site: ServerSite, keys: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const world = { ...fakeWorld({ HOME: site.folder, ...keys }), now: () => new Date(), fetch: realWorld().fetch };
  const place = ["--sts-endpoint", site.stsHost, "--sts-ca-file", site.stsCaFile];
  const code = await run(["whoami", ...args, ...place], world, () => Promise.resolve(new AbortController().signal));
  return { code, out: world.out(), err: world.err() };
}

Deno.test("whoami says which keys were found, and who STS says that is", async () => {
  await using site = await prepareSite(MAPPINGS);
  const { code, out, err } = await whoami(site, ALICE);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(
    out,
    `credentials
  source        environment (ALIBABA_CLOUD_ACCESS_KEY_ID)
  key id        ${alice.accessKeyId}
  expires       not known
identity
  cloud         Alibaba Cloud
  arn           ${alice.identity.Arn}
  account       1234567890123456
  principal id  200000000000000001
`,
  );
  assert(!out.includes(alice.accessKeySecret));
});

Deno.test("whoami says as which role a login signs, and until when", async () => {
  await using site = await prepareSite(MAPPINGS);
  const role = "arn:aws:iam::123456789012:role/ops/ClusterViewer";
  const { code, out, err } = await whoami(site, DAVE, "-r", role, "-s", "dave@example.com", "-o", "json");
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  const { credentials, identity } = JSON.parse(out);
  assert.match(credentials.accessKeyId, /^ASIAMADEUP/);
  assert.equal(credentials.source, `role ${role}, assumed with environment (AWS_ACCESS_KEY_ID)`);
  const lastsMs = Date.parse(credentials.expiresAt) - Date.now();
  assert(lastsMs > 0 && lastsMs <= 900_000);
  assert.deepEqual(
    [identity.cloud, identity.canonicalArn, identity.sessionName, identity.principalId],
    ["aws", "arn:aws:iam::123456789012:role/ClusterViewer", "dave@example.com", "AROAMADEUPVIEWER00001"],
  );
});

for (
  const [what, keys, args, code, says] of [
    ["there are no keys", {}, [], 1, /Cannot find credentials for alibaba; configure one of these:\n {2}environment: /],
    ["the keys are wrong", { ...ALICE, ALIBABA_CLOUD_ACCESS_KEY_SECRET: "wrong" }, [], 1, /SignatureDoesNotMatch/],
    ["the keys are of the other cloud", DAVE, [], 1, /add --cloud aws/],
    ["a cluster is to be asked without its id", ALICE, ["--kubeconfig-context", "x"], 2, /give --cluster-id/],
  ] as const
) {
  Deno.test(`whoami ends with ${code} and prints nothing where ${what}`, async () => {
    await using site = await prepareSite(MAPPINGS);
    const result = await whoami(site, keys, ...args);
    assert.deepEqual({ code: result.code, out: result.out }, { code, out: "" });
    assert.match(result.err, says);
    assert(!result.err.includes(dave.accessKeySecret) && !result.err.includes(alice.accessKeySecret));
  });
}

testNeeding(["cluster"], "whoami asks the cluster which user the login is there", async () => {
  await using site = await prepareSite(MAPPINGS);
  await using _server = await site.start();
  await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig });
  const asked = ["-i", site.clusterId, "--kubeconfig", cluster.adminKubeconfig];
  const mapped = await whoami(site, ALICE, ...asked);
  assert.deepEqual([mapped.code, mapped.err], [0, ""]);
  assert.equal(
    mapped.out.split("kubernetes user\n")[1],
    `  server        ${cluster.server}
  username      "alice"
  groups        "developers", "two words", "system:authenticated"
  uid           ack-ram-authenticator:1234567890123456:200000000000000001
`,
  );
  const unmapped = await whoami(site, BOB, ...asked);
  assert.deepEqual([unmapped.code, unmapped.out], [1, ""]);
  assert.match(unmapped.err, /as acs:ram::1234567890123456:user\/bob: it answered 401; check --cluster-id/);
  const other = await whoami(site, ALICE, "-i", "another-cluster", "--kubeconfig", cluster.adminKubeconfig);
  assert.equal(other.code, 1);
});
