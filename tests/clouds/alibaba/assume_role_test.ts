import assert from "node:assert/strict";
import {
  assumeRole,
  buildAssumeRole,
  buildGetCallerIdentity,
  readAssumeRole,
} from "../../../lib/clouds/alibaba/assume_role.ts";
import { AssumeRoleError, type Credentials } from "../../../lib/clouds/signer.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { RamAuthError } from "../../../lib/errors.ts";
import { Secret } from "../../../lib/secret.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { signedHeaders } from "../../emulator/alibaba/independent_signer.ts";
import { DATE, type Stage, startStage } from "../../emulator/stage.ts";
import { credentialsOf } from "../../support/minted_token.ts";
import { assertRoleRefused, assumingWith, roleRequests, SECRET } from "../assuming.ts";

const ROLE = "acs:ram::1234567890123456:role/Viewers";
const STS = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };

const ALICE = credentialsOf(DEMO_PRINCIPALS.alice);
const ADMIN = credentialsOf(DEMO_PRINCIPALS.kubernetesAdmin);

const wanted = roleRequests({ roleArn: ROLE, credentials: ALICE, sts: STS });
const assumeAt = assumingWith(assumeRole, wanted);

/** Whom the emulator takes the keys for. */
async function arnOf(stage: Stage, credentials: Credentials): Promise<string> {
  const context = { host: stage.emulator.host, now: new Date(DATE) };
  const { url, ...request } = await buildGetCallerIdentity(credentials, context);
  return (await (await fetch(url, { ...request, client: stage.client })).json()).Arn;
}

for (
  const [what, over, session] of [
    ["by the usual name", {}, "ram-auth-1795348800000"],
    ["by a name given", { session: { kind: "given", name: "alice@example.com" } }, "alice@example.com"],
    ["by the caller's session", { credentials: ADMIN, session: { kind: "of_caller" } }, "alice@example.com"],
    ["by the usual name where the caller has no session", { session: { kind: "of_caller" } }, "ram-auth-1795348800000"],
  ] as const
) {
  Deno.test(`assumeRole() of Alibaba Cloud gets keys that sign as the role, its session called ${what}`, async () => {
    await using stage = startStage();
    const keys = await assumeAt(stage.emulator.host, over);
    assert.equal(await arnOf(stage, keys), `acs:ram::1234567890123456:assumed-role/Viewers/${session}`);
    assert.equal(keys.expiresAt?.toISOString(), "2026-11-22T12:15:00.000Z");
    assert.equal(keys.source, `role ${ROLE}, assumed with a test`);
  });
}

Deno.test("assumeRole() of Alibaba Cloud sends the external id", async () => {
  await using stage = startStage();
  const roleArn = "acs:ram::1234567890123456:role/Partner";
  const keys = await assumeAt(stage.emulator.host, { roleArn, externalId: "MadeUpExternalId" });
  assert.match(await arnOf(stage, keys), /assumed-role\/Partner\//);
});

for (
  const [why, over, message] of [
    [
      "the role wants an external id",
      { roleArn: "acs:ram::1234567890123456:role/Partner" },
      /"NoPermission": .*request id ".+"\); check that .*trust/,
    ],
    ["the role is not there", { roleArn: `${ROLE}s` }, /"EntityNotExist\.Role": .*check the role's ARN$/],
    [
      "the secret is wrong",
      { credentials: { ...ALICE, accessKeySecret: new Secret(SECRET) } },
      /"SignatureDoesNotMatch": .*secret key/,
    ],
    [
      "the key is not known",
      { credentials: { ...ALICE, accessKeyId: "LTAI5tMadeUpNobody" }, session: { kind: "of_caller" } },
      /"InvalidAccessKeyId\.NotFound": .*keys/,
    ],
  ] as const
) {
  Deno.test(`assumeRole() of Alibaba Cloud says what STS says where ${why}`, async () => {
    await using stage = startStage();
    await assert.rejects(
      assumeAt(stage.emulator.host, over),
      (e) => assertRoleRefused(e, /^Cannot assume role "acs:ram::1234567890123456:role\//, message),
    );
  });
}

for (
  const [what, over, message] of [
    ["a user's ARN", { roleArn: "acs:ram::1234567890123456:user/alice" }, /it is not a role ARN/],
    ["the ARN of another cloud", { roleArn: "arn:aws:iam::123456789012:role/Viewers" }, /it is not a role ARN/],
    ["an ARN and more", { roleArn: `${ROLE}\n` }, /it is not a role ARN/],
    ["a session name of one letter", { session: { kind: "given", name: "a" } }, /2 to 64 characters/],
    ["a session name with a plus sign", { session: { kind: "given", name: "alice+bob" } }, /2 to 64 characters/],
    ["a region that is not known", { sts: { ...STS, region: "mars-1" } }, /"mars-1"/],
  ] as const
) {
  Deno.test(`assumeRole() of Alibaba Cloud refuses ${what}, before anybody is asked`, async () => {
    await assert.rejects(assumeRole(fakeWorld(), wanted(over)), (e) => {
      assert(e instanceof RamAuthError);
      assert.equal(e.code, "ERR_USAGE");
      return message.test(e.message);
    });
  });
}

for (
  const [what, sts, env, host] of [
    ["no region", {}, {}, "sts.aliyuncs.com"],
    ["a region", { region: "cn-hangzhou" }, {}, "sts.cn-hangzhou.aliyuncs.com"],
    ["an endpoint", { endpoint: "sts.corp.example", region: "cn-hangzhou" }, {}, "sts.corp.example"],
    ["ALIBABA_CLOUD_STS_ENDPOINT", {}, { ALIBABA_CLOUD_STS_ENDPOINT: "sts.corp.example" }, "sts.corp.example"],
  ] as const
) {
  Deno.test(`assumeRole() of Alibaba Cloud asks ${host} for ${what}`, async () => {
    await assert.rejects(
      assumeRole(fakeWorld(env), wanted({ sts: { ...STS, ...sts } })),
      (e) =>
        e instanceof AssumeRoleError && e.message.includes(`no answer from STS at "${host}": this test has no network`),
    );
  });
}

Deno.test("buildAssumeRole() of Alibaba Cloud signs the query as the vendor's own package does", async () => {
  const context = { host: "sts.aliyuncs.com", now: new Date(DATE), sessionName: "alice@example.com" };
  const { url, headers, ...rest } = await buildAssumeRole(
    wanted({ externalId: "Made Up/Id*", credentials: ADMIN }),
    context,
  );
  assert.deepEqual(rest, { method: "POST" });
  assert.equal(
    url,
    "https://sts.aliyuncs.com/?DurationSeconds=900&ExternalId=Made%20Up%2FId%2A" +
      "&RoleArn=acs%3Aram%3A%3A1234567890123456%3Arole%2FViewers&RoleSessionName=alice%40example.com",
  );
  const query = Object.fromEntries(new URL(url).searchParams);
  const theirs = signedHeaders(DEMO_PRINCIPALS.kubernetesAdmin, {
    date: DATE,
    query,
    headers: { "x-acs-action": "AssumeRole" },
  });
  assert.equal(headers["authorization"], theirs["authorization"]);
});

const MEMBERS = {
  AccessKeyId: "STS.NMadeUp",
  AccessKeySecret: SECRET,
  SecurityToken: "CAISMadeUp+Token//==",
  Expiration: "2026-11-22T12:15:00Z",
};

function read(status: number, text: string): Credentials {
  return readAssumeRole({ status, contentType: "application/json", body: new TextEncoder().encode(text) }, wanted());
}

Deno.test("readAssumeRole() of Alibaba Cloud reads the keys", () => {
  const keys = read(200, JSON.stringify({ Credentials: MEMBERS, RequestId: "r-1" }));
  assert.deepEqual(
    [keys.accessKeyId, keys.accessKeySecret.reveal(), keys.securityToken?.reveal(), keys.expiresAt?.toISOString()],
    ["STS.NMadeUp", SECRET, "CAISMadeUp+Token//==", "2026-11-22T12:15:00.000Z"],
  );
});

for (
  const [why, status, text, message] of [
    ["no JSON", 502, "<html>", /HTTP 502 without readable JSON/],
    ["nothing", 200, "{}", /no usable "AccessKeyId"/],
    ["no token", 200, JSON.stringify({ Credentials: { ...MEMBERS, SecurityToken: "" } }), /"SecurityToken"/],
    ["no time", 200, JSON.stringify({ Credentials: { ...MEMBERS, Expiration: "soon" } }), /"Expiration"/],
    ["an error without a code", 503, "{}", /refused with "HTTP 503" \(STS request id "unknown"\)/],
    [
      "an error, with STS's words",
      403,
      '{"Code":"InvalidSecurityToken.Expired","Message":"It ended.","RequestId":"r-1"}',
      /refused with "InvalidSecurityToken\.Expired": It ended\. \(STS request id "r-1"\); renew the caller's/,
    ],
  ] as const
) {
  Deno.test(`readAssumeRole() of Alibaba Cloud refuses ${why}`, () => {
    assert.throws(() => read(status, text), (e) => assertRoleRefused(e, message));
  });
}
