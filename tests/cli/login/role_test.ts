import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { DEMO_ROLES } from "../../../lib/emulator/roles.ts";
import { startStsEmulator, type StsEmulator } from "../../../lib/emulator/sts.ts";
import { realWorld } from "../../../lib/world.ts";
import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const AWS_KEYS = { AWS_ACCESS_KEY_ID: dave.accessKeyId, AWS_SECRET_ACCESS_KEY: dave.accessKeySecret };
const ALIBABA_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
};
const AWS_ROLE = "arn:aws:iam::123456789012:role/ClusterAdmin";
const AWS_PARTNER = "arn:aws:iam::123456789012:role/Partner";
const AWS_VIEWER = "arn:aws:iam::123456789012:role/ops/ClusterViewer";
const AWS_VIEWER_CANONICAL = "arn:aws:iam::123456789012:role/ClusterViewer";
const AWS_GUARDED = "arn:aws:iam::123456789012:role/Guarded";
const MFA_DAVE = "arn:aws:iam::123456789012:mfa/dave";
const ALIBABA_ROLE = "acs:ram::1234567890123456:role/KubernetesAdmin";
const CLUSTER = ["-i", "c1"];

const CERTIFICATE = await makeLoopbackCertificate();

/** An STS of both clouds, and the command line run against it. */
interface Stage extends AsyncDisposable {
  readonly sts: StsEmulator;
  run(args: readonly string[], environment: Readonly<Record<string, string>>, typed?: string): Promise<Ran>;
  /** Writes a policy, and gives its path. */
  writePolicy(text: string): Promise<string>;
  /** The user id or principal id that STS sees in a token that was printed bare. */
  verify(token: string): Promise<Record<string, unknown>>;
}

interface Ran {
  readonly code: number;
  readonly world: FakeWorld;
}

async function startStage(): Promise<Stage> {
  const folder = await Deno.makeTempDir({ prefix: "role-test-" });
  const caFile = `${folder}/ca.pem`;
  await Deno.writeTextFile(caFile, CERTIFICATE.caPem);
  const sts = startStsEmulator({
    ...CERTIFICATE,
    principals: [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)],
    roles: DEMO_ROLES,
    now: () => new Date(),
  });
  const place = ["--sts-endpoint", sts.host, "--sts-ca-file", caFile];
  const runIn = async (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    typed?: string,
  ): Promise<Ran> => {
    const stdin = { isTerminal: typed !== undefined, readable: ReadableStream.from([new TextEncoder().encode(typed)]) };
    const world = {
      ...fakeWorld({ HOME: folder, ...environment }),
      stdin,
      now: () => new Date(),
      fetch: realWorld().fetch,
    };
    return { code: await run([...args, ...place], world, () => Promise.resolve(new AbortController().signal)), world };
  };
  return {
    sts,
    run: runIn,
    async writePolicy(text) {
      await Deno.writeTextFile(`${folder}/policy.json`, text);
      return `${folder}/policy.json`;
    },
    async verify(token) {
      const { code, world } = await runIn(
        ["verify", ...CLUSTER, "-t", token, "-o", "json", "--sts-hosts", sts.host],
        {},
      );
      assert.equal(code, 0, world.out());
      return JSON.parse(world.out()).identity;
    },
    async [Symbol.asyncDispose]() {
      await sts.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

for (
  const [what, args, keys, canonicalArn, session] of [
    ["a role of AWS", ["-r", AWS_ROLE], AWS_KEYS, AWS_ROLE, /^ram-auth-\d{13}$/],
    ["a role of Alibaba Cloud", ["-r", ALIBABA_ROLE], ALIBABA_KEYS, ALIBABA_ROLE, /^ram-auth-\d{13}$/],
    ["a named session", ["-r", AWS_ROLE, "-s", "dave@example.com"], AWS_KEYS, AWS_ROLE, /^dave@example\.com$/],
    ["an external id", ["-r", AWS_PARTNER, "-e", "MadeUpExternalId"], AWS_KEYS, AWS_PARTNER, /^ram-auth-/],
    [
      "the caller's session name",
      ["-r", AWS_PARTNER, "-e", "MadeUpExternalId", "--forward-session-name"],
      {
        AWS_ACCESS_KEY_ID: clusterAdmin.accessKeyId,
        AWS_SECRET_ACCESS_KEY: clusterAdmin.accessKeySecret,
        AWS_SESSION_TOKEN: clusterAdmin.securityToken,
      },
      AWS_PARTNER,
      /^dave@example\.com$/,
    ],
    [
      "the caller's session name, of Alibaba Cloud",
      ["-r", "acs:ram::1234567890123456:role/Viewers", "--forward-session-name"],
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: kubernetesAdmin.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: kubernetesAdmin.accessKeySecret,
        ALIBABA_CLOUD_SECURITY_TOKEN: kubernetesAdmin.securityToken,
      },
      "acs:ram::1234567890123456:role/Viewers",
      /^alice@example\.com$/,
    ],
    ["a role by another's keys", ["-r", AWS_ROLE, "--role", AWS_VIEWER], AWS_KEYS, AWS_VIEWER_CANONICAL, /^ram-auth-/],
    ["two roles in one text", ["-r", `${AWS_ROLE}, ${AWS_VIEWER}`], AWS_KEYS, AWS_VIEWER_CANONICAL, /^ram-auth-/],
    [
      "the last of a chain of Alibaba Cloud",
      ["-r", ALIBABA_ROLE, "-r", "acs:ram::1234567890123456:role/Partner", "-e", "MadeUpExternalId", "-s", "alice"],
      ALIBABA_KEYS,
      "acs:ram::1234567890123456:role/Partner",
      /^alice$/,
    ],
    [
      "the session of a user, who has none",
      ["-r", AWS_ROLE, "--forward-session-name"],
      AWS_KEYS,
      AWS_ROLE,
      /^ram-auth-/,
    ],
  ] as const
) {
  Deno.test(`ram-auth token signs as a role: ${what}`, async () => {
    await using stage = await startStage();
    const { code, world } = await stage.run(["token", ...CLUSTER, "--token-only", ...args], keys);
    assert.deepEqual({ code, err: world.err() }, { code: 0, err: "" });
    const identity = await stage.verify(world.out().trim());
    assert.equal(identity.canonicalArn, canonicalArn);
    assert.match(String(identity.sessionName), session);
  });
}

for (
  const [what, environment, session] of [
    ["as ack-ram-tool does", {}, "ack-ram-tool"],
    ["as ack-ram-tool's variable says", { ALIBABA_CLOUD_ROLE_SESSION_NAME: "alice@example.com" }, "alice@example.com"],
  ] as const
) {
  Deno.test(`ram-auth credential-plugin get-token names the session of a role ${what}`, async () => {
    await using stage = await startStage();
    const args = ["credential-plugin", "get-token", "-c", "c1", "--role-arn", ALIBABA_ROLE];
    const { code, world } = await stage.run(args, { ...ALIBABA_KEYS, ...environment });
    assert.deepEqual({ code, err: world.err() }, { code: 0, err: "" });
    const identity = await stage.verify(JSON.parse(world.out()).status.token);
    assert.deepEqual([identity.canonicalArn, identity.sessionName], [ALIBABA_ROLE, session]);
  });
}

for (
  const [what, args, code, says] of [
    [
      "the wrong external id",
      ["-r", AWS_PARTNER, "-e", "guess"],
      1,
      /Cannot assume role .*"AccessDenied".*trust policy/,
    ],
    ["a role that is not there", ["-r", `${AWS_ROLE}2`], 1, /AccessDenied/],
    ["a name that is no ARN", ["-r", "ClusterAdmin"], 2, /not an ARN of Alibaba Cloud or AWS; write the whole ARN/],
    ["the ARN of a user", ["-r", dave.identity.Arn], 2, /it is not a role ARN/],
    ["a role of the cloud that was not asked for", ["--cloud", "aws", "-r", ALIBABA_ROLE], 2, /it is not a role ARN/],
    [
      "a chain over two clouds",
      ["-r", AWS_ROLE, "-r", ALIBABA_ROLE],
      2,
      /a role of Alibaba Cloud with the keys of one of AWS/,
    ],
    ["a time too short", ["-r", AWS_ROLE, "--duration", "60"], 2, /a whole number from 900 to 43200 \(seconds\)/],
    ["a chain for too long", ["-r", AWS_ROLE, "-r", AWS_VIEWER, "--duration", "7200"], 1, /exceeds the 1 hour/],
    [
      "a policy that is not there",
      ["-r", AWS_ROLE, "--policy", "/missing.json"],
      1,
      /the session policy "\/missing.json"/,
    ],
    ["a role without its MFA device", ["-r", AWS_GUARDED], 1, /AccessDenied/],
    [
      "an MFA device without a terminal",
      ["-r", AWS_GUARDED, "--mfa-serial", MFA_DAVE],
      1,
      /input is not a terminal; run/,
    ],
    ["a session named twice", ["-r", AWS_ROLE, "-s", "a1", "--forward-session-name"], 2, /both name the session/],
    ["a session name with a space", ["-r", AWS_ROLE, "-s", "a b"], 2, /2 to 64 characters/],
  ] as const
) {
  Deno.test(`ram-auth token prints no token for ${what}`, async () => {
    await using stage = await startStage();
    const { code: ended, world } = await stage.run(["token", ...CLUSTER, ...args], AWS_KEYS);
    assert.deepEqual({ ended, out: world.out() }, { ended: code, out: "" });
    assert.match(world.err(), says);
    assert(!world.err().includes(dave.accessKeySecret));
  });
}

Deno.test("ram-auth token asks for the code of the MFA device that a role requires, on standard error", async () => {
  await using stage = await startStage();
  const args = ["token", ...CLUSTER, "--token-only", "-r", AWS_GUARDED, "--mfa-serial", MFA_DAVE, "-r", AWS_VIEWER];
  const { code, world } = await stage.run(args, AWS_KEYS, "123456\n");
  assert.deepEqual({ code, err: world.err() }, { code: 0, err: `MFA code of ${MFA_DAVE}: ` });
  assert.equal((await stage.verify(world.out().trim())).canonicalArn, AWS_VIEWER_CANONICAL);
  const wrong = await stage.run(args, AWS_KEYS, "654321\n");
  assert.equal(wrong.code, 1);
  assert.match(wrong.world.err(), /invalid MFA one time pass code/);
});

for (
  const [what, policy, code, says] of [
    ["is one", '{"Version": "1", "Statement": []}', 0, /^$/],
    ["is one of neither cloud", '{"Version": "1"}', 1, /Malformed|PolicyGrammar/],
    ["is not JSON", "Statement: []", 2, /it is not JSON; write it as a policy document/],
  ] as const
) {
  Deno.test(`ram-auth token sends a session policy to STS: what ${what}`, async () => {
    await using stage = await startStage();
    const path = await stage.writePolicy(policy);
    for (const [role, keys] of [[AWS_ROLE, AWS_KEYS], [ALIBABA_ROLE, ALIBABA_KEYS]] as const) {
      const { code: ended, world } = await stage.run(["token", ...CLUSTER, "-r", role, "--policy", path], keys);
      assert.equal(ended, code, world.err());
      assert.match(world.err(), says);
    }
  });
}

Deno.test("ram-auth token says which terms a cloud does not have", async () => {
  await using stage = await startStage();
  for (const term of [["--mfa-serial", "MadeUp"], ["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"]]) {
    const { code, world } = await stage.run(["token", ...CLUSTER, "-r", ALIBABA_ROLE, ...term], ALIBABA_KEYS);
    assert.equal(code, 2);
    assert.match(world.err(), new RegExp(`Cannot use ${term[0]} with a role of Alibaba Cloud: .*; `));
  }
});

Deno.test("ram-auth token says that a session name needs a role, and goes on", async () => {
  await using stage = await startStage();
  const { code, world } = await stage.run(["token", "--cloud", "aws", ...CLUSTER, "-s", "dave"], AWS_KEYS);
  assert.equal(code, 0);
  assert.match(world.err(), /^ram-auth: notice: .* no role is assumed\n$/);
  assert.equal(stage.sts.calls(), 0);
});

for (
  const [what, config, keys, want] of [
    ["its role", `clusterID: c1\ndefaultRole: ${AWS_ROLE}`, AWS_KEYS, AWS_ROLE],
    ["its only cloud", "clusterID: c1\nclouds: [aws]", AWS_KEYS, dave.identity.Arn],
    [
      "the ARNs in its mappings",
      `clusterID: c1\nserver: {mapRoles: [{rolearn: "${AWS_ROLE}", username: a}]}`,
      AWS_KEYS,
      dave.identity.Arn,
    ],
    ["neither, where it has both clouds", "clusterID: c1\nclouds: [alibaba, aws]", ALIBABA_KEYS, alice.identity.Arn],
  ] as const
) {
  Deno.test(`ram-auth token -c takes cluster id and cloud from the file: ${what}`, async () => {
    await using stage = await startStage();
    const path = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(path, config);
      const { code, world } = await stage.run(["token", "-c", path, "--token-only"], keys);
      assert.deepEqual({ code, err: world.err() }, { code: 0, err: "" });
      assert.equal((await stage.verify(world.out().trim())).canonicalArn, want);
    } finally {
      await Deno.remove(path);
    }
  });
}
