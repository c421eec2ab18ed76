import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { CERTIFICATE, startStage } from "../../emulator/stage.ts";
import { startScripted } from "../../support/stand_ins/scripted_server.ts";

const SECRET = "MadeUpSecretThatMustNotShow";
const KEYS = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpEnv", ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET };
const PLUGIN = ["credential-plugin", "get-token"];
const CLUSTER = ["--cluster-id", "c1"];
const GROUP = "client.authentication.k8s.io";

/** A home with a config of the aliyun CLI, whose profiles are told apart by their keys. */
async function inHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "credential-plugin-" });
  const profiles = ["default", "ops"].map((name) => ({
    name,
    mode: "AK",
    access_key_id: `LTAI5tMadeUpCli${name}`,
    access_key_secret: SECRET,
  }));
  try {
    await Deno.mkdir(`${home}/.aliyun`);
    await Deno.writeTextFile(`${home}/.aliyun/config.json`, JSON.stringify({ current: "default", profiles }));
    await Deno.writeTextFile(
      `${home}/other.json`,
      JSON.stringify({ current: "x", profiles: [{ ...profiles[0], name: "x", access_key_id: "LTAI5tMadeUpOther" }] }),
    );
    const ini = (id: string) => `type = access_key\naccess_key_id = ${id}\naccess_key_secret = ${SECRET}\n`;
    await Deno.writeTextFile(
      `${home}/sdk.ini`,
      `[default] # usual\n${ini("LTAI5tMadeUpSdk")}[ops]\n${ini('"LTAI5tMadeUpSdkOps"')}`,
    );
    await Deno.mkdir(`${home}/.alibabacloud`);
    await Deno.writeTextFile(`${home}/.alibabacloud/credentials`, `[default]\n${ini("LTAI5tMadeUpUsual")}`);
    await body(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function runIn(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const world = fakeWorld(environment);
  return { code: await run([...PLUGIN, ...args], world), out: world.out(), err: world.err() };
}

/** Who signed the token of an ExecCredential. */
function signerOf(out: string): string | undefined {
  const { status } = JSON.parse(out);
  return /Credential=([^,]+),/.exec(atob(status.token.slice("k8s-ack-v2.".length)))?.[1];
}

Deno.test("ram-auth credential-plugin get-token takes the arguments of ack-ram-tool's kubeconfigs, without a word", async () => {
  const args = [...CLUSTER, "--api-version", "v1beta1", "--log-level", "error", "--verbose", "-y"];
  const { code, out, err } = await runIn(args, KEYS);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.match(out, /^\{[^\n]*\}\n$/);
  const { kind, apiVersion, spec, status } = JSON.parse(out);
  assert.deepEqual([kind, apiVersion, spec], ["ExecCredential", `${GROUP}/v1beta1`, {}]);
  assert.equal(status.expirationTimestamp, "2026-01-02T03:14:05Z");
  assert(!out.includes(SECRET));
});

const OF_KUBECTL = { KUBERNETES_EXEC_INFO: JSON.stringify({ kind: "ExecCredential", apiVersion: `${GROUP}/v1beta1` }) };

for (
  const [what, args, environment, version] of [
    ["the flag", ["--api-version", "v1"], {}, "v1"],
    ["its variable", [], { ACK_RAM_TOOL_API_VERSION: "v1" }, "v1"],
    ["kubectl, whatever the flag says", ["--api-version", "v1"], OF_KUBECTL, "v1beta1"],
  ] as const
) {
  Deno.test(`ram-auth credential-plugin get-token answers in the version of ${what}`, async () => {
    const { out } = await runIn([...CLUSTER, ...args], { ...KEYS, ...environment });
    assert.equal(JSON.parse(out).apiVersion, `${GROUP}/${version}`);
  });
}

for (
  const [what, args, environment, signer] of [
    ["the environment", [], KEYS, "LTAI5tMadeUpEnv"],
    ["the environment, even if a profile is named", ["--profile-name", "ops"], KEYS, "LTAI5tMadeUpEnv"],
    ["the aliyun CLI", [], {}, "LTAI5tMadeUpClidefault"],
    ["a profile of it", ["--profile-name", "ops"], {}, "LTAI5tMadeUpCliops"],
    ["a profile by its variable", [], { ACK_RAM_TOOL_PROFILE_NAME: "ops" }, "LTAI5tMadeUpCliops"],
    ["the aliyun CLI alone", ["--ignore-env-credentials"], KEYS, "LTAI5tMadeUpClidefault"],
    ["the same by variable", [], { ...KEYS, ACK_RAM_TOOL_IGNORE_ENV_CREDENTIALS: "true" }, "LTAI5tMadeUpClidefault"],
    ["a file of its own", ["--profile-file", "~/other.json"], KEYS, "LTAI5tMadeUpOther"],
    ["the same by variable", [], { ...KEYS, ACK_RAM_TOOL_PROFILE_FILE: "~/other.json" }, "LTAI5tMadeUpOther"],
    ["a file of the SDKs", ["--profile-file", "~/sdk.ini"], KEYS, "LTAI5tMadeUpSdk"],
    ["a profile of it", ["--profile-file", "~/sdk.ini", "--profile-name", "ops"], KEYS, "LTAI5tMadeUpSdkOps"],
    ["the SDKs' file", ["--ignore-aliyun-cli-credentials"], {}, "LTAI5tMadeUpUsual"],
    [
      "the SDKs' file, both others ignored",
      ["--ignore-aliyun-cli-credentials", "--ignore-env-credentials"],
      KEYS,
      "LTAI5tMadeUpUsual",
    ],
    [
      "the same by variables",
      [],
      {
        ...KEYS,
        ACK_RAM_TOOL_IGNORE_ALIYUN_CLI_CREDENTIALS: "true",
        ACK_RAM_TOOL_IGNORE_ENV_CREDENTIALS: "true",
      },
      "LTAI5tMadeUpUsual",
    ],
    ["the profile of a variable's other spelling", [], { ACK_RAM_TOOL_PROFIL_ENAME: "ops" }, "LTAI5tMadeUpCliops"],
    ["all sources, where they are asked for", ["--credential-type", "auto"], KEYS, "LTAI5tMadeUpEnv"],
  ] as const
) {
  Deno.test(`ram-auth credential-plugin get-token signs with the keys of ${what}`, () =>
    inHome(async (home) => {
      const { code, out, err } = await runIn([...CLUSTER, ...args], { HOME: home, ...environment });
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.equal(signerOf(out), signer);
    }));
}

for (
  const [what, args, environment, code, says] of [
    ["no cluster", [], KEYS, 2, /give --cluster-id/],
    [
      "the metadata service alone, where it may not be asked",
      [...CLUSTER, "--credential-type", "imds"],
      { ...KEYS, ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true" },
      1,
      /configure one of these:\n {2}ECS metadata service: ALIBABA_CLOUD_ECS_METADATA_DISABLED is set\n$/,
    ],
    [
      "a credentials file that is not there",
      [...CLUSTER, "--profile-file", "/nobody/credentials"],
      KEYS,
      1,
      /does not exist/,
    ],
    ["an unknown version", [...CLUSTER, "--api-version", "v2"], KEYS, 2, /one of v1beta1, v1/],
    [
      "no source at all",
      [...CLUSTER, "--ignore-aliyun-cli-credentials", "--ignore-env-credentials"],
      KEYS,
      1,
      /Cannot find/,
    ],
    [
      "a source that has none",
      [...CLUSTER, "--ignore-env-credentials"],
      KEYS,
      1,
      /\n {2}~\/\.aliyun\/config\.json: HOME/,
    ],
  ] as const
) {
  Deno.test(`ram-auth credential-plugin get-token fails with ${what}`, async () => {
    const result = await runIn(args, environment);
    assert.deepEqual([result.code, result.out], [code, ""]);
    assert.match(result.err, says);
  });
}

/** Runs where an STS is, and a server that gives out keys. */
async function runWithServices(environment: Readonly<Record<string, string>>): Promise<string | undefined> {
  await using stage = startStage({ now: () => new Date() });
  const keys = { AccessKeyId: "STS.NMadeUpServed", AccessKeySecret: SECRET, SecurityToken: "CAISMadeUp" };
  await using server = startScripted(() => Response.json(keys));
  return await withFile(
    CERTIFICATE.caPem,
    (caFile) =>
      withFile("MadeUpHeader.MadeUpClaims.MadeUpSignature", async (tokenFile) => {
        const variables = Object.entries(environment).map(([name, value]) => [
          name,
          value.replace("{token}", tokenFile).replace("{server}", server.host),
        ]);
        const world = { ...fakeWorld(Object.fromEntries(variables)), fetch, now: () => new Date() };
        const place = ["--sts-endpoint", stage.emulator.host, "--sts-ca-file", caFile];
        const code = await run([...PLUGIN, ...CLUSTER, ...place], world);
        assert.deepEqual({ code, err: world.err() }, { code: 0, err: "" });
        return signerOf(world.out());
      }),
  );
}

const OIDC = {
  ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1234567890123456:role/Pod",
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1",
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: "{token}",
};
const SERVER = { ALIBABA_CLOUD_CREDENTIALS_URI: "http://{server}/" };

for (
  const [what, environment, signer] of [
    ["an OIDC token before keys of a user", { ...KEYS, ...OIDC, ...SERVER }, /^STS\.NMadeUp[0-9a-f]{16}$/],
    [
      "keys with a security token before an OIDC token",
      { ...KEYS, ...OIDC, ALIBABA_CLOUD_ACCESS_KEY_ID: "STS.NMadeUpEnv", ALIBABA_CLOUD_SECURITY_TOKEN: "CAISMadeUp" },
      /^STS\.NMadeUpEnv$/,
    ],
    ["keys of a user before a credentials URI", { ...KEYS, ...SERVER }, /^LTAI5tMadeUpEnv$/],
    [
      "a credentials URI, whatever profile a variable names",
      { ...SERVER, ALIBABA_CLOUD_PROFILE: "x" },
      /^STS\.NMadeUpServed$/,
    ],
  ] as const
) {
  Deno.test(`ram-auth credential-plugin get-token takes ${what}, as ack-ram-tool does`, async () => {
    assert.match(await runWithServices(environment) ?? "", signer);
  });
}

Deno.test("ram-auth credential-plugin get-token --help shows the flags by the peer's names", async () => {
  const { code, out } = await runIn(["--help"], {});
  assert.equal(code, 0);
  assert.match(
    out,
    /^ram-auth credential-plugin get-token: .*-c, --cluster-id <id>.*--role-arn <arn>.*ACK_RAM_TOOL_ROLE_ARN/s,
  );
});
