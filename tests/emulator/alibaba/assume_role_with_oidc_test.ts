import assert from "node:assert/strict";
import { DATE, type Stage, startStage } from "../stage.ts";

const ROLES = "acs:ram::1234567890123456:role";
const GENERAL = { Action: "AssumeRoleWithOIDC", Version: "2015-04-01", Format: "JSON", Timestamp: DATE };
const POD = {
  RoleArn: `${ROLES}/Pod`,
  RoleSessionName: "job-1",
  OIDCProviderArn: "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1",
  OIDCToken: "MadeUpHeader.MadeUpClaims.MadeUpSignature",
};

type Parameters = Readonly<Record<string, string | undefined>>;

function encoded(parameters: Parameters): string {
  return new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();
}

/** Asks as Alibaba Cloud's SDKs do: what is general in the query, what is the action's in the body, no signature. */
async function ask({ emulator, client }: Stage, form: Parameters = {}, general: Parameters = {}, method = "POST") {
  const url = `https://${emulator.host}/?${encoded({ ...GENERAL, ...general })}`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = method === "POST" ? { headers, body: encoded({ ...POD, ...form }) } : {};
  const response = await fetch(url, { client, method, ...body });
  return { status: response.status, json: await response.json() };
}

Deno.test("AssumeRoleWithOIDC gives keys of the role for the token of its provider", async () => {
  await using stage = startStage();
  const { status, json } = await ask(stage, { DurationSeconds: "900" });
  assert.equal(status, 200);
  assert.deepEqual(json.AssumedRoleUser, { AssumedRoleId: "300000000000000004:job-1", Arn: `${ROLES}/Pod/job-1` });
  assert.equal(json.Credentials.Expiration, "2026-11-22T12:15:00Z");
  assert.match(json.Credentials.AccessKeyId, /^STS\.NMadeUp[0-9a-f]{16}$/);
  assert.deepEqual(stage.reports, [
    { cloud: "alibaba", action: "AssumeRoleWithOIDC", accessKeyId: undefined, outcome: "OK" },
  ]);
});

for (
  const [what, form, general, status, code] of [
    ["without a token", { OIDCToken: undefined }, {}, 400, "MissingOIDCToken"],
    ["without a provider", { OIDCProviderArn: undefined }, {}, 400, "MissingOIDCProviderArn"],
    ["without a role", { RoleArn: undefined }, {}, 400, "MissingRoleArn"],
    ["without a session", { RoleSessionName: undefined }, {}, 400, "MissingRoleSessionName"],
    ["without a version", {}, { Version: undefined }, 400, "MissingVersion"],
    ["of another version", {}, { Version: "2011-06-15x" }, 400, "InvalidVersion"],
    ["for a time that is too long", { DurationSeconds: "43201" }, {}, 400, "InvalidParameter.DurationSeconds"],
    ["with a forged token", { OIDCToken: "a.b.c" }, {}, 400, "AuthenticationFail.OIDCToken.Invalid"],
    ["of an unknown provider", { OIDCProviderArn: `${POD.OIDCProviderArn}x` }, {}, 404, "EntityNotExist.OIDCProvider"],
    ["for an unknown role", { RoleArn: `${ROLES}/Pods` }, {}, 404, "EntityNotExist.Role"],
    ["for a role of no provider", { RoleArn: `${ROLES}/Viewers` }, {}, 403, "AuthenticationFail.NoPermission"],
  ] as const
) {
  Deno.test(`AssumeRoleWithOIDC refuses a request ${what}`, async () => {
    await using stage = startStage();
    const answer = await ask(stage, form, general);
    assert.deepEqual([answer.status, answer.json.Code], [status, code]);
  });
}

Deno.test("AssumeRoleWithOIDC takes no parameters from the query, and no other method", async () => {
  await using stage = startStage();
  const inQuery = await ask(stage, { OIDCToken: undefined }, { OIDCToken: POD.OIDCToken });
  assert.equal(inQuery.json.Code, "MissingOIDCToken");
  assert.equal((await ask(stage, {}, POD, "GET")).json.Code, "UnsupportedHTTPMethod");
});
