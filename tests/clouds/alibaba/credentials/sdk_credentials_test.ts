import assert from "node:assert/strict";
import { sdkCredentials, sdkCredentialsAt } from "../../../../lib/clouds/alibaba/credentials/sdk_credentials.ts";
import { CredentialsError } from "../../../../lib/clouds/signer.ts";
import { DEMO_PRINCIPALS } from "../../../../lib/emulator/alibaba/principals.ts";
import { FileError } from "../../../../lib/files.ts";
import { fakeWorld } from "../../../config/fake_world.ts";
import { startScripted } from "../../../support/stand_ins/scripted_server.ts";
import { revealed } from "../../revealed.ts";
import { OIDC, SECRET, startRig } from "./rig.ts";

const { alice } = DEMO_PRINCIPALS;
const PATH = ".alibabacloud/credentials";
const KEYS = `access_key_id = ${alice.accessKeyId}\naccess_key_secret = ${alice.accessKeySecret}\n`;
const AK = `type = access_key\n${KEYS}`;

for (
  const [what, text, keys] of [
    ["keys", `[default]\n${AK}`, [alice.accessKeyId, alice.accessKeySecret, undefined]],
    [
      "keys between comments and in quotes",
      `# keys\n[default]   ; usual\ntype = access_key # kind\naccess_key_id = "LTAI5tMadeUp"\naccess_key_secret='${SECRET}'\n`,
      ["LTAI5tMadeUp", SECRET, undefined],
    ],
    [
      "temporary keys",
      `[default]\ntype = sts\naccess_key_id = STS.NMadeUp\naccess_key_secret = ${SECRET}\nsecurity_token = CAISMadeUp==\n`,
      ["STS.NMadeUp", SECRET, "CAISMadeUp=="],
    ],
  ] as const
) {
  Deno.test(`the SDKs' file gives ${what}`, async () => {
    await using rig = await startRig();
    const path = await rig.write(PATH, text);
    const found = await sdkCredentials.find(rig.world(), { profile: undefined });
    assert.deepEqual(revealed(found), { keys, expiresAt: undefined, source: `profile "default" of ${path}` });
  });
}

for (
  const [type, settings, arn] of [
    [
      "ram_role_arn",
      `${KEYS}role_arn = acs:ram::1234567890123456:role/Viewers\nrole_session_name = a@b\n`,
      /Viewers\/a@b$/,
    ],
    [
      "oidc_role_arn",
      `role_arn = ${OIDC.role}\noidc_provider_arn = ${OIDC.provider}\noidc_token_file_path = {home}/token\nrole_session_name = job\n`,
      /Pod\/job$/,
    ],
    [
      "external",
      `process_command = printf '{"mode":"AK","access_key_id":"${alice.accessKeyId}","access_key_secret":"${alice.accessKeySecret}"}'`,
      /user\/alice$/,
    ],
  ] as const
) {
  Deno.test(`a profile of type ${type} in the SDKs' file gives keys`, async () => {
    await using rig = await startRig();
    await rig.write("token", OIDC.token);
    await rig.write(PATH, `[default]\ntype = ${type}\n${settings.replace("{home}", rig.home)}`);
    assert.match(await rig.arnOf(await rig.find()), arn);
  });
}

Deno.test("a profile of type credentials_uri in the SDKs' file gives keys", async () => {
  await using rig = await startRig();
  const keys = { AccessKeyId: "STS.NMadeUp", AccessKeySecret: SECRET, SecurityToken: "CAISMadeUp" };
  await using server = startScripted(() => Response.json(keys));
  await rig.write(PATH, `[default]\ntype = credentials_uri\ncredentials_uri = http://${server.host}/\n`);
  assert.equal((await rig.find()).accessKeyId, "STS.NMadeUp");
});

for (
  const [what, variables, profile] of [
    ["by name", {}, "ops"],
    ["by a variable", { ALIBABA_CLOUD_PROFILE: "ops" }, undefined],
  ] as const
) {
  Deno.test(`a profile asked for ${what} may be in the SDKs' file alone`, async () => {
    await using rig = await startRig();
    await rig.write(".aliyun/config.json", { current: "x", profiles: [{ name: "x", mode: "AK" }] });
    const path = await rig.write(PATH, `[default]\n${AK}[ops]\n${AK}`);
    assert.equal((await rig.find(variables, rig.want(profile))).source, `profile "ops" of ${path}`);
  });
}

Deno.test("a variable says where the SDKs' file is, and then it must be there", async () => {
  await using rig = await startRig();
  const path = await rig.write("elsewhere", `[default]\n${AK}`);
  const at = (file: string) =>
    sdkCredentials.find(rig.world({ ALIBABA_CLOUD_CREDENTIALS_FILE: file }), { profile: undefined });
  const found = await at("~/elsewhere");
  assert("source" in found && found.source === `profile "default" of ${path}`);
  await assert.rejects(at("~/nowhere"), (e) => e instanceof FileError && e.missing);
});

Deno.test("the SDKs' file is passed over where it or its profile is not there", async () => {
  await using rig = await startRig();
  const found = () => sdkCredentials.find(rig.world(), { profile: undefined });
  assert.deepEqual(await found(), { notConfigured: `"${rig.home}/${PATH}" does not exist` });
  const path = await rig.write(PATH, `[ops]\n${AK}`);
  assert.deepEqual(await found(), { notConfigured: 'it has no profile "default"; there are: ops' });
  assert.deepEqual(await sdkCredentials.find(fakeWorld(), { profile: undefined }), {
    notConfigured: "HOME is not set",
  });
  await assert.rejects(
    sdkCredentialsAt(path).find(rig.world(), { profile: undefined }),
    (e) => e instanceof CredentialsError && /has no profile "default"; there are: ops$/.test(e.message),
  );
});

for (
  const [why, text, message] of [
    ["it is JSON", `{"secret":"${SECRET}"}`, /line 1 is outside any section/],
    ["it has no type", `[default]\n${KEYS}`, /its type "" is not known here/],
    ["its type is unknown", `[default]\ntype = magic\n${KEYS}`, /its type "magic" is not known here/],
    ["its type has no key", "[default]\ntype = bearer\nbearer_token = x\n", /a bearer token to sign with/],
    [
      "it has half a key",
      `[default]\ntype = access_key\naccess_key_secret = ${SECRET}\n`,
      /"access_key_id" is missing; correct/,
    ],
    ["it has no role", `[default]\ntype = ram_role_arn\n${KEYS}`, /"role_arn" is missing; correct the file/],
    ["it has no token", `[default]\ntype = sts\n${KEYS}`, /"security_token" is missing; correct the file/],
  ] as const
) {
  Deno.test(`the SDKs' file ends the search where ${why}`, async () => {
    await using rig = await startRig();
    await rig.write(PATH, text);
    await assert.rejects(rig.find(), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, message);
      return !Deno.inspect(e, { depth: 10 }).includes(SECRET);
    });
  });
}
