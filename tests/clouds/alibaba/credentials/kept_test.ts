import assert from "node:assert/strict";
import { alibabaSigner } from "../../../../lib/clouds/alibaba/signer.ts";
import type { Credentials, KeepKeys } from "../../../../lib/clouds/signer.ts";
import { DEMO_PRINCIPALS } from "../../../../lib/emulator/alibaba/principals.ts";
import { findCredentials } from "../../../../lib/token/mint.ts";
import { CERTIFICATE } from "../../../emulator/stage.ts";
import { startScripted } from "../../../support/stand_ins/scripted_server.ts";
import { OIDC, rerouted, type Rig, SECRET, startRig } from "./rig.ts";

const { alice, bob } = DEMO_PRINCIPALS;
const ROLE = "acs:ram::1234567890123456:role/Viewers";
const KEYS = { access_key_id: alice.accessKeyId, access_key_secret: alice.accessKeySecret };
const FRESH = { AccessKeyId: "STS.NFresh", AccessKeySecret: SECRET, SecurityToken: "CAISFresh" };
const END = "2026-11-22T13:00:00Z";
const LASTING = 1_795_352_400;

/** Keeps keys as the cache does, and what they were asked for. */
function startKeeping() {
  const kept = new Map<string, Credentials>();
  const keep: KeepKeys = async (asked, obtain) => {
    const key = JSON.stringify(asked);
    const keys = kept.get(key) ?? await obtain();
    kept.set(key, keys);
    return keys;
  };
  return { kept, keep };
}

async function configure(rig: Rig, ...profiles: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const named = profiles.map((profile, i) => ({ name: `p${i}`, ...profile }));
  await rig.write(".aliyun/config.json", { current: "p0", profiles: named });
}

const ROLE_PROFILE = { mode: "RamRoleArn", ram_role_arn: ROLE, ...KEYS };
const CHAIN = {
  mode: "ChainableRamRoleArn",
  ram_role_arn: `${ROLE.slice(0, -7)}KubernetesAdmin`,
  source_profile: "p1",
};

for (
  const [what, profiles, calls] of [
    ["a role", [ROLE_PROFILE], 1],
    ["a role by way of another", [CHAIN, ROLE_PROFILE], 2],
    [
      "an OIDC token",
      [{ mode: "OIDC", ram_role_arn: OIDC.role, oidc_provider_arn: OIDC.provider, oidc_token_file: "~/token" }],
      1,
    ],
  ] as const
) {
  Deno.test(`keys of a profile for ${what} are asked for once where they are kept, and live for an hour`, async () => {
    await using rig = await startRig();
    await rig.write("token", OIDC.token);
    await configure(rig, ...profiles);
    const { kept, keep } = startKeeping();
    const find = () => findCredentials(rig.world(), alibabaSigner, { ...rig.want(), keep });
    const [first, second] = [await find(), await find()];
    assert.deepEqual([second.accessKeyId, second.source], [first.accessKeyId, first.source]);
    assert.equal(first.expiresAt?.toISOString(), "2026-11-22T13:00:00.000Z");
    assert.equal(rig.stage.emulator.calls(), calls);
    assert.equal(kept.size, calls);
  });
}

Deno.test("keys of the environment's OIDC token are asked for once where they are kept", async () => {
  await using rig = await startRig();
  const { keep } = startKeeping();
  const variables = {
    ALIBABA_CLOUD_ROLE_ARN: OIDC.role,
    ALIBABA_CLOUD_OIDC_PROVIDER_ARN: OIDC.provider,
    ALIBABA_CLOUD_OIDC_TOKEN_FILE: await rig.write("token", OIDC.token),
  };
  for (let i = 0; i < 2; i++) await findCredentials(rig.world(variables), alibabaSigner, { ...rig.want(), keep });
  assert.equal(rig.stage.emulator.calls(), 1);
});

Deno.test("keys of a role are not those of somebody else, another role, session, policy or STS", async () => {
  await using rig = await startRig();
  const { kept, keep } = startKeeping();
  const others: readonly Readonly<Record<string, unknown>>[] = [
    {},
    { access_key_id: bob.accessKeyId, access_key_secret: bob.accessKeySecret },
    { ram_role_arn: `${ROLE.slice(0, -7)}KubernetesAdmin` },
    { ram_session_name: "alice" },
    { policy: '{"Version":"1","Statement":[]}' },
    { expired_seconds: 900 },
    { external_id: "MadeUp" },
  ];
  for (const other of others) {
    await configure(rig, { ...ROLE_PROFILE, ...other });
    await findCredentials(rig.world(), alibabaSigner, { ...rig.want(), keep });
  }
  assert.equal(kept.size, others.length);
  assert.doesNotMatch([...kept.keys()].join("\n"), new RegExp(`${alice.accessKeySecret}|${bob.accessKeySecret}`));
});

for (
  const [mode, origin, answer, settings, signedInUntil] of [
    [
      "CloudSSO",
      undefined,
      { CloudCredential: { ...FRESH, Expiration: END } },
      {
        cloud_sso_sign_in_url: "https://{server}/start/login",
        cloud_sso_account_id: "1234567890123456",
        cloud_sso_access_config: "ac-MadeUp",
        access_token: SECRET,
      },
      "cloud_sso_access_token_expire",
    ],
    [
      "OAuth",
      "https://oauth.aliyun.com",
      { accessKeyId: "STS.NFresh", accessKeySecret: SECRET, securityToken: "CAISFresh", expiration: END },
      { oauth_site_type: "CN", oauth_access_token: SECRET },
      "oauth_access_token_expire",
    ],
  ] as const
) {
  Deno.test(`keys of a profile of ${mode} are asked for once where they are kept, until the user signs in again`, async () => {
    await using rig = await startRig();
    await using server = startScripted(() => Response.json(answer), CERTIFICATE);
    const { kept, keep } = startKeeping();
    const here = rig.world();
    const world = origin === undefined ? here : rerouted(here, origin, `https://${server.host}`);
    for (const end of [LASTING, LASTING, LASTING + 1]) {
      const profile = { mode, ...settings, [signedInUntil]: end };
      await configure(rig, JSON.parse(JSON.stringify(profile).replace("{server}", server.host)));
      assert.equal((await findCredentials(world, alibabaSigner, { ...rig.want(), keep })).accessKeyId, "STS.NFresh");
    }
    assert.equal(server.asked.length, 2);
    assert(![...kept.keys()].join("\n").includes(SECRET));
  });
}
