import assert from "node:assert/strict";
import { buildAssumeRoleWithOidc, readAssumeRoleWithOidc } from "../../../lib/clouds/alibaba/assume_role_with_oidc.ts";
import { AssumeRoleError } from "../../../lib/clouds/signer.ts";
import { Secret } from "../../../lib/secret.ts";

const REQUEST = {
  roleArn: "acs:ram::1234567890123456:role/Pod",
  providerArn: "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1",
  tokenFile: "/var/run/token",
  session: { kind: "usual" },
  sts: { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined },
} as const;

Deno.test("buildAssumeRoleWithOidc() places parameters as the SDKs do: the token is in no URL", () => {
  const { url, method, headers, body } = buildAssumeRoleWithOidc(REQUEST, {
    host: "sts.aliyuncs.com",
    now: new Date("2026-11-22T12:00:00Z"),
    sessionName: "job-1",
    token: new Secret("a-b_.c.d"),
  });
  const { SignatureNonce, ...query } = Object.fromEntries(new URL(url).searchParams);
  assert.match(SignatureNonce!, /^[0-9a-f-]{36}$/);
  assert.deepEqual(query, {
    Action: "AssumeRoleWithOIDC",
    Format: "JSON",
    Timestamp: "2026-11-22T12:00:00Z",
    Version: "2015-04-01",
  });
  assert.deepEqual([new URL(url).host, new URL(url).pathname, method], ["sts.aliyuncs.com", "/", "POST"]);
  assert.deepEqual([headers["content-type"], headers["authorization"]], [
    "application/x-www-form-urlencoded",
    undefined,
  ]);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    DurationSeconds: "900",
    OIDCProviderArn: REQUEST.providerArn,
    OIDCToken: "a-b_.c.d",
    RoleArn: REQUEST.roleArn,
    RoleSessionName: "job-1",
  });
});

for (
  const [why, status, text, message] of [
    ["no JSON", 502, "<html>", /HTTP 502 without readable JSON/],
    ["no keys", 200, "{}", /no usable "AccessKeyId"/],
    [
      "an error, with STS's words",
      400,
      '{"Code":"AuthenticationFail.OIDCToken.Expired","Message":"It is expired.","RequestId":"r-1"}',
      /refused with "AuthenticationFail\.OIDCToken\.Expired": It is expired\. \(STS request id "r-1"\); check that the token/,
    ],
  ] as const
) {
  Deno.test(`readAssumeRoleWithOidc() refuses ${why}`, () => {
    const answer = { status, contentType: "application/json", body: new TextEncoder().encode(text) };
    assert.throws(() => readAssumeRoleWithOidc(answer, REQUEST), (e) => {
      assert(e instanceof AssumeRoleError);
      assert.match(e.message, message);
      return true;
    });
  });
}
