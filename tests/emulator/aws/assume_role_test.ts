import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import { DATE, startStage } from "../stage.ts";
import { ask, askFor, askWho, type Keys, type RoleSession } from "./ask.ts";
import { encodeQuery, headerSigned, type Parameters } from "./signed_request.ts";

const { dave, clusterAdmin, federated, root } = DEMO_AWS_PRINCIPALS;
const ROLES = "arn:aws:iam::123456789012:role";
const ADMIN = { Action: "AssumeRole", RoleArn: `${ROLES}/ClusterAdmin`, RoleSessionName: "dave@example.com" };
const POD = {
  Action: "AssumeRoleWithWebIdentity",
  RoleArn: `${ROLES}/Pod`,
  RoleSessionName: "pod-1",
  WebIdentityToken: "MadeUpHeader.MadeUpClaims.MadeUpSignature",
};

/** The keys of an answer. */
function keysOf({ Credentials }: RoleSession): Keys {
  return {
    accessKeyId: Credentials.AccessKeyId,
    accessKeySecret: Credentials.SecretAccessKey,
    securityToken: Credentials.SessionToken,
  };
}

/** An unsigned request. */
function unsigned(parameters: Parameters): ReceivedRequest {
  const query = encodeQuery({ Version: "2011-06-15", ...parameters } as Record<string, string>);
  return { method: "GET", path: "/", query, headers: new Headers(), body: new Uint8Array() };
}

Deno.test("AssumeRole gives keys that sign as the role's session until they end", async () => {
  let now = new Date(DATE);
  await using stage = startStage({ now: () => now });
  const { status, json } = await askFor(stage, dave, { ...ADMIN, DurationSeconds: "900" });
  const result = json.AssumeRoleResponse!.AssumeRoleResult;
  assert.equal(status, 200);
  assert.deepEqual(result.AssumedRoleUser, {
    AssumedRoleId: "AROAMADEUPADMIN000001:dave@example.com",
    Arn: "arn:aws:sts::123456789012:assumed-role/ClusterAdmin/dave@example.com",
  });
  assert.equal(result.Credentials.Expiration, Date.parse("2026-11-22T12:15:00Z") / 1_000);
  assert.match(result.Credentials.AccessKeyId, /^ASIAMADEUP[0-9A-F]{10}$/);
  assert.match(result.Credentials.SessionToken, /^(?=.*\/)(?=.*\+).*=$/);

  const keys = keysOf(result);
  assert.deepEqual((await askWho(stage, keys)).json.GetCallerIdentityResponse!.GetCallerIdentityResult, {
    Account: "123456789012",
    Arn: "arn:aws:sts::123456789012:assumed-role/ClusterAdmin/dave@example.com",
    UserId: "AROAMADEUPADMIN000001:dave@example.com",
  });
  const { accessKeyId, accessKeySecret } = keys;
  assert.equal((await askWho(stage, { accessKeyId, accessKeySecret })).json.Error?.Code, "InvalidClientTokenId");
  now = new Date("2026-11-22T12:14:59Z");
  assert.equal((await askWho(stage, keys, "20261122T121459Z")).status, 200);
  now = new Date("2026-11-22T12:15:00Z");
  const ended = await askWho(stage, keys, "20261122T121500Z");
  assert.deepEqual([ended.status, ended.json.Error?.Code], [403, "ExpiredToken"]);
});

Deno.test("AssumeRole gives other keys at every call, and only to the emulator that was asked", async () => {
  await using stage = startStage();
  await using other = startStage();
  const keys = [await askFor(stage, dave, ADMIN), await askFor(stage, dave, ADMIN)]
    .map(({ json }) => keysOf(json.AssumeRoleResponse!.AssumeRoleResult));
  assert.notEqual(keys[0]!.accessKeyId, keys[1]!.accessKeyId);
  for (const each of keys) assert.equal((await askWho(stage, each)).status, 200);
  assert.equal((await askWho(other, keys[0]!)).json.Error?.Code, "InvalidClientTokenId");
});

Deno.test("AssumeRole leaves a role's path out of the session's ARN", async () => {
  await using stage = startStage();
  const { json } = await askFor(stage, dave, { ...ADMIN, RoleArn: `${ROLES}/ops/ClusterViewer` });
  assert.equal(
    json.AssumeRoleResponse!.AssumeRoleResult.AssumedRoleUser.Arn,
    "arn:aws:sts::123456789012:assumed-role/ClusterViewer/dave@example.com",
  );
});

Deno.test("AssumeRole takes its parameters from a query, too, and lives for an hour by default", async () => {
  await using stage = startStage();
  const query = { Version: "2011-06-15", ...ADMIN };
  const request = headerSigned(dave, { date: "20261122T120000Z", host: stage.emulator.host, query });
  const { json } = await ask(stage, request);
  const { Expiration } = json.AssumeRoleResponse!.AssumeRoleResult.Credentials;
  assert.equal(Expiration, Date.parse("2026-11-22T13:00:00Z") / 1_000);
});

for (
  const [what, keys, more] of [
    ["the role's external id", dave, { RoleArn: `${ROLES}/Partner`, ExternalId: "MadeUpExternalId" }],
    ["an external id for which the role does not ask", dave, { ExternalId: "anything" }],
    ["twelve hours", dave, { DurationSeconds: "43200" }],
    ["a role's keys for an hour", clusterAdmin, { DurationSeconds: "3600" }],
    ["every sign of a session name", dave, { RoleSessionName: "aZ0_+=,.@-" }],
    ["a policy, which it passes over", dave, { Policy: '{"Statement": []}' }],
  ] as const
) {
  Deno.test(`AssumeRole of AWS accepts ${what}`, async () => {
    await using stage = startStage();
    assert.equal((await askFor(stage, keys, { ...ADMIN, ...more })).status, 200);
  });
}

for (
  const [why, code, keys, more] of [
    ["no role", "ValidationError", dave, { RoleArn: undefined }],
    ["a role's name without an ARN", "ValidationError", dave, { RoleArn: "ClusterAdmin" }],
    ["a role of the other cloud", "ValidationError", dave, { RoleArn: "acs:ram::1234567890123456:role/Viewers" }],
    ["no session name", "ValidationError", dave, { RoleSessionName: undefined }],
    ["a session name of one character", "ValidationError", dave, { RoleSessionName: "a" }],
    ["a session name of 65 characters", "ValidationError", dave, { RoleSessionName: "a".repeat(65) }],
    ["a session name with a slash", "ValidationError", dave, { RoleSessionName: "a/b" }],
    ["a life under 15 minutes", "ValidationError", dave, { DurationSeconds: "899" }],
    ["a life over 12 hours", "ValidationError", dave, { DurationSeconds: "43201" }],
    ["a life that is no number", "ValidationError", dave, { DurationSeconds: "1h" }],
    ["a chained life over an hour", "ValidationError", clusterAdmin, { DurationSeconds: "3601" }],
    ["an external id of another form", "ValidationError", dave, { ExternalId: "a b" }],
    ["an unknown role", "AccessDenied", dave, { RoleArn: `${ROLES}/Nobody` }],
    ["a role in another case", "AccessDenied", dave, { RoleArn: `${ROLES}/clusteradmin` }],
    ["no external id where the role wants one", "AccessDenied", dave, { RoleArn: `${ROLES}/Partner` }],
    ["another external id", "AccessDenied", dave, { RoleArn: `${ROLES}/Partner`, ExternalId: "other" }],
    ["the account itself", "AccessDenied", root, {}],
    ["a federated user", "AccessDenied", federated, {}],
    ["another secret", "SignatureDoesNotMatch", { ...dave, accessKeySecret: "MadeUpOther" }, {}],
  ] as const
) {
  Deno.test(`AssumeRole of AWS refuses ${why}: ${code}`, async () => {
    await using stage = startStage();
    const { status, json } = await askFor(stage, keys, { ...ADMIN, ...more });
    assert.deepEqual([status, json.Error?.Code], [code === "ValidationError" ? 400 : 403, code]);
  });
}

Deno.test("AssumeRole denies in the vendor's words", async () => {
  await using stage = startStage();
  const { json } = await askFor(stage, dave, { ...ADMIN, RoleArn: `${ROLES}/Nobody` });
  assert.equal(
    json.Error?.Message,
    "User: arn:aws:iam::123456789012:user/dave is not authorized to perform: sts:AssumeRole on resource: " +
      "arn:aws:iam::123456789012:role/Nobody",
  );
});

Deno.test("AssumeRoleWithWebIdentity gives keys without a signature", async () => {
  await using stage = startStage();
  const { json } = await ask(stage, unsigned(POD));
  const keys = keysOf(json.AssumeRoleWithWebIdentityResponse!.AssumeRoleWithWebIdentityResult);
  assert.equal(
    (await askWho(stage, keys)).json.GetCallerIdentityResponse!.GetCallerIdentityResult.Arn,
    "arn:aws:sts::123456789012:assumed-role/Pod/pod-1",
  );
});

for (
  const [why, want, parameters] of [
    ["another token", [400, "InvalidIdentityToken"], { ...POD, WebIdentityToken: "MadeUpOther" }],
    ["no token", [400, "ValidationError"], { ...POD, WebIdentityToken: undefined }],
    ["a role that takes no tokens", [403, "AccessDenied"], { ...POD, RoleArn: `${ROLES}/ClusterAdmin` }],
    ["an unknown role", [403, "AccessDenied"], { ...POD, RoleArn: `${ROLES}/Nobody` }],
    ["no session name", [400, "ValidationError"], { ...POD, RoleSessionName: undefined }],
    ["AssumeRole in its place", [403, "MissingAuthenticationToken"], { ...POD, Action: "AssumeRole" }],
  ] as const
) {
  Deno.test(`AssumeRoleWithWebIdentity refuses ${why}: ${want.join(" ")}`, async () => {
    await using stage = startStage();
    const present = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
    const { status, json } = await ask(stage, unsigned(present));
    assert.deepEqual([status, json.Error?.Code], want);
  });
}
