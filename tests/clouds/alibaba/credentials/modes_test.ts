import assert from "node:assert/strict";
import { CredentialsError } from "../../../../lib/clouds/signer.ts";
import { DEMO_PRINCIPALS } from "../../../../lib/emulator/alibaba/principals.ts";
import { CERTIFICATE } from "../../../emulator/stage.ts";
import { startScripted } from "../../../support/stand_ins/scripted_server.ts";
import { findCredentials } from "../../../../lib/token/mint.ts";
import { alibabaSigner } from "../../../../lib/clouds/alibaba/signer.ts";
import { OIDC, rerouted, type Rig, SECRET, startRig } from "./rig.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const ROLES = "acs:ram::1234567890123456:role";
const KEYS = { access_key_id: alice.accessKeyId, access_key_secret: alice.accessKeySecret };

/** The first profile is the current one. */
async function configure(rig: Rig, ...profiles: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const named = profiles.map((profile, i) => ({ name: `p${i}`, ...profile }));
  await rig.write(".aliyun/config.json", { current: "p0", profiles: named });
}

for (
  const [what, profiles, session] of [
    [
      "a named session",
      [{ ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Viewers`, ram_session_name: "a@b" }],
      /^Viewers\/a@b$/,
    ],
    ["no name", [{ ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Viewers` }], /^Viewers\/ram-auth-\d+$/],
    ["no mode", [{ ...KEYS, ram_role_arn: `${ROLES}/Viewers` }], /^Viewers\//],
    [
      "an external id",
      [{ ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Partner`, external_id: "MadeUpExternalId" }],
      /^Partner\//,
    ],
    [
      "temporary keys",
      [{
        mode: "RamRoleArn",
        access_key_id: kubernetesAdmin.accessKeyId,
        access_key_secret: kubernetesAdmin.accessKeySecret,
        sts_token: kubernetesAdmin.securityToken,
        ram_role_arn: `${ROLES}/Viewers`,
      }],
      /^Viewers\//,
    ],
    [
      "a chain of two roles",
      [
        { mode: "ChainableRamRoleArn", ram_role_arn: `${ROLES}/Viewers`, source_profile: "p1" },
        { mode: "ChainableRamRoleArn", ram_role_arn: `${ROLES}/KubernetesAdmin`, source_profile: "p2" },
        { ...KEYS, mode: "AK" },
      ],
      /^Viewers\//,
    ],
    [
      "a chain from a program",
      [
        { mode: "ChainableRamRoleArn", ram_role_arn: `${ROLES}/Viewers`, source_profile: "p1" },
        { mode: "External", process_command: `printf %s '${JSON.stringify({ mode: "AK", ...KEYS })}'` },
      ],
      /^Viewers\//,
    ],
  ] as const
) {
  Deno.test(`a profile with a role gives keys that sign as the role, with ${what}`, async () => {
    await using rig = await startRig();
    await configure(rig, ...profiles);
    const keys = await rig.find();
    const [, name] = /:assumed-role\/(.*)$/.exec(await rig.arnOf(keys)) ?? [];
    assert.match(name ?? "", session);
    assert.equal(keys.expiresAt?.toISOString(), "2026-11-22T12:15:00.000Z");
  });
}

Deno.test("a profile says how long the keys of its role live", async () => {
  await using rig = await startRig();
  await configure(rig, { ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Viewers`, expired_seconds: 3600 });
  assert.equal((await rig.find()).expiresAt?.toISOString(), "2026-11-22T13:00:00.000Z");
});

for (
  const [why, profiles, message] of [
    [
      "the role is missing",
      [{ ...KEYS, mode: "RamRoleArn" }],
      /"ram_role_arn" is missing; run "aliyun configure --profile p0"$/,
    ],
    [
      "the role is none",
      [{ ...KEYS, mode: "RamRoleArn", ram_role_arn: "Viewers" }],
      /cannot assume role "Viewers": it is not/,
    ],
    [
      "the time is none",
      [{ ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Viewers`, expired_seconds: "an hour" }],
      /"expired_seconds" is no number of seconds/,
    ],
    [
      "the time is short",
      [{ ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Viewers`, expired_seconds: 60 }],
      /"InvalidParameter\.DurationSeconds"/,
    ],
    [
      "a key holds what no header may",
      [{ ...KEYS, mode: "RamRoleArn", access_key_id: "LTAI5t\nMadeUp", ram_role_arn: `${ROLES}/Viewers` }],
      /its access key id or security token has characters that none has/,
    ],
    [
      "its source leads back to it",
      [
        { mode: "ChainableRamRoleArn", ram_role_arn: `${ROLES}/Viewers`, source_profile: "p1" },
        { mode: "ChainableRamRoleArn", ram_role_arn: `${ROLES}/Viewers`, source_profile: "p0" },
      ],
      /"p1" of .*: its source profiles lead back to "p0"/,
    ],
    [
      "it is its own source",
      [{ mode: "ChainableRamRoleArn", ram_role_arn: `${ROLES}/Viewers`, source_profile: "p0" }],
      /lead back to "p0"/,
    ],
    ["there may be no metadata service", [{ mode: "EcsRamRole" }], /ALIBABA_CLOUD_ECS_METADATA_DISABLED is set/],
    [
      "there may be no metadata service for its role",
      [{ mode: "RamRoleArnWithRoleName", ram_role_arn: `${ROLES}/Viewers` }],
      /ALIBABA_CLOUD_ECS_METADATA_DISABLED is set/,
    ],
    ["it leads to no server", [{ mode: "CredentialsURI" }], /"credentials_uri" is missing/],
    ["its site is none", [{ mode: "OAuth", oauth_site_type: "MARS" }], /"oauth_site_type" is neither CN nor INTL/],
    [
      "its sign-in is no HTTPS",
      [{ mode: "CloudSSO", cloud_sso_sign_in_url: "http://127.0.0.1/", cloud_sso_access_token_expire: 1_795_352_400 }],
      /"cloud_sso_sign_in_url" is no URL with https/,
    ],
  ] as const
) {
  Deno.test(`a profile ends the search where ${why}`, async () => {
    await using rig = await startRig();
    await configure(rig, ...profiles);
    await assert.rejects(rig.find(), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, /^Cannot use profile "p\d" of ".*\/\.aliyun\/config\.json": /);
      assert.match(e.message, message);
      return true;
    });
  });
}

for (
  const [what, settings, variables, endpoint, host] of [
    ["its own endpoint", { sts_endpoint: "127.0.0.1:3", sts_region: "cn-hangzhou" }, {}, undefined, "127.0.0.1:3"],
    [
      "a variable's endpoint over its own",
      { sts_endpoint: "127.0.0.1:3" },
      { ALIBABA_CLOUD_STS_ENDPOINT: "127.0.0.1:2" },
      undefined,
      "127.0.0.1:2",
    ],
    ["the endpoint asked for over all", { sts_endpoint: "127.0.0.1:3" }, {}, "127.0.0.1:1", "127.0.0.1:1"],
    ["its region", { sts_region: "cn-hangzhou" }, {}, undefined, "sts.cn-hangzhou.aliyuncs.com"],
    [
      "its region in the VPC",
      { sts_region: "cn-hangzhou" },
      { ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: "true" },
      undefined,
      "sts-vpc.cn-hangzhou.aliyuncs.com",
    ],
    ["a variable's region", {}, { ALIBABA_CLOUD_STS_REGION: "cn-beijing" }, undefined, "sts.cn-beijing.aliyuncs.com"],
    ["no region", {}, { ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: "true" }, undefined, "sts.aliyuncs.com"],
  ] as const
) {
  Deno.test(`a profile with a role asks the STS of ${what}`, async () => {
    await using rig = await startRig();
    await configure(rig, { ...KEYS, mode: "RamRoleArn", ram_role_arn: `${ROLES}/Viewers`, ...settings });
    const world = { ...rig.world({ ...variables }), fetch: () => Promise.reject(new TypeError("no network")) };
    const sts = { profile: undefined, region: undefined, endpoint, caFile: undefined };
    await assert.rejects(
      findCredentials(world, alibabaSigner, { profile: undefined, sts }),
      (e) => e instanceof CredentialsError && e.message.includes(`no answer from STS at "${host}": no network`),
    );
  });
}

const FRESH = { AccessKeyId: "STS.NFresh", AccessKeySecret: SECRET, SecurityToken: "CAISFresh" };
const END = "2026-11-22T13:00:00Z";
const LASTING = 1_795_352_400;
/** Ends a minute after the clock of these tests: too soon for a token. */
const ENDING = {
  access_key_id: "STS.NOld",
  access_key_secret: SECRET,
  sts_token: "CAISOld",
  sts_expiration: 1_795_348_860,
};

Deno.test("a profile of CloudSSO whose keys end gets new ones for its access token", async () => {
  await using rig = await startRig();
  await using sso = startScripted(() => Response.json({ CloudCredential: { ...FRESH, Expiration: END } }), CERTIFICATE);
  await configure(rig, {
    mode: "CloudSSO",
    ...ENDING,
    cloud_sso_sign_in_url: `https://${sso.host}/start/login`,
    cloud_sso_access_token_expire: LASTING,
    cloud_sso_account_id: "1234567890123456",
    cloud_sso_access_config: "ac-MadeUp",
    access_token: "MadeUpAccessToken",
  });
  const { accessKeyId, expiresAt } = await rig.find();
  assert.deepEqual([accessKeyId, expiresAt?.toISOString()], ["STS.NFresh", "2026-11-22T13:00:00.000Z"]);
  const [{ method, path, headers, body }] = sso.asked as [typeof sso.asked[0]];
  assert.deepEqual([method, path, headers.get("authorization")], [
    "POST",
    "/cloud-credentials",
    "Bearer MadeUpAccessToken",
  ]);
  assert.deepEqual(JSON.parse(body), { AccountId: "1234567890123456", AccessConfigurationId: "ac-MadeUp" });
});

for (
  const [site, origin] of [["CN", "https://oauth.aliyun.com"], ["INTL", "https://oauth.alibabacloud.com"]] as const
) {
  Deno.test(`a profile of OAuth at ${site} whose keys end gets new ones for its access token`, async () => {
    await using rig = await startRig();
    const { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: securityToken } = FRESH;
    const keys = { accessKeyId, accessKeySecret, securityToken, expiration: END, requestId: "r-1" };
    await using server = startScripted(() => Response.json(keys), CERTIFICATE);
    await configure(rig, {
      mode: "OAuth",
      ...ENDING,
      oauth_site_type: site,
      oauth_access_token: "MadeUpAccessToken",
      oauth_access_token_expire: LASTING,
    });
    const world = rerouted(rig.world(), origin, `https://${server.host}`);
    const found = await findCredentials(world, alibabaSigner, rig.want());
    assert.deepEqual([found.accessKeyId, found.expiresAt?.toISOString()], ["STS.NFresh", "2026-11-22T13:00:00.000Z"]);
    const [{ method, path, headers }] = server.asked as [typeof server.asked[0]];
    assert.deepEqual([method, path, headers.get("authorization")], [
      "POST",
      "/v1/exchange",
      "Bearer MadeUpAccessToken",
    ]);
  });
}

Deno.test("a profile's OIDC token may be in the home", async () => {
  await using rig = await startRig();
  await rig.write("oidc/token", OIDC.token);
  await configure(rig, {
    mode: "OIDC",
    ram_role_arn: OIDC.role,
    oidc_provider_arn: OIDC.provider,
    oidc_token_file: "~/oidc/token",
    ram_session_name: "job",
  });
  assert.match(await rig.arnOf(await rig.find()), /:assumed-role\/Pod\/job$/);
});
