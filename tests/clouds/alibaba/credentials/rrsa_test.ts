import assert from "node:assert/strict";
import { CredentialsError } from "../../../../lib/clouds/signer.ts";
import { OIDC, type Rig, startRig } from "./rig.ts";

async function variables(rig: Rig, prefix = "ALIBABA_CLOUD", token: string = OIDC.token) {
  return {
    [`${prefix}_ROLE_ARN`]: OIDC.role,
    [`${prefix}_OIDC_PROVIDER_ARN`]: OIDC.provider,
    [`${prefix}_OIDC_TOKEN_FILE`]: await rig.write("token", token),
  };
}

for (
  const [what, prefix, token, more, session] of [
    ["the SDKs' variables", "ALIBABA_CLOUD", OIDC.token, {}, /^ram-auth-\d+$/],
    ["the CLI's variables", "ALIBABACLOUD", OIDC.token, {}, /^ram-auth-\d+$/],
    ["a file that ends in a new line", "ALIBABA_CLOUD", `${OIDC.token}\n`, {}, /^ram-auth-\d+$/],
    ["a name for the session", "ALIBABA_CLOUD", OIDC.token, { ALIBABA_CLOUD_ROLE_SESSION_NAME: "job-1" }, /^job-1$/],
  ] as const
) {
  Deno.test(`an OIDC token becomes keys that sign as the role, by ${what}`, async () => {
    await using rig = await startRig();
    const keys = await rig.find({ ...await variables(rig, prefix, token), ...more });
    const [arn, name] = (await rig.arnOf(keys)).split(/\/(?=[^/]*$)/);
    assert.equal(arn, "acs:ram::1234567890123456:assumed-role/Pod");
    assert.match(name!, session);
    assert.equal(keys.expiresAt?.toISOString(), "2026-11-22T12:15:00.000Z");
    assert.deepEqual(rig.stage.reports[0], {
      cloud: "alibaba",
      action: "AssumeRoleWithOIDC",
      accessKeyId: undefined,
      outcome: "OK",
    });
  });
}

for (
  const [why, changes, message] of [
    ["there is no role", { ALIBABA_CLOUD_ROLE_ARN: "" }, /ALIBABA_CLOUD_ROLE_ARN is not set; set it, or unset all/],
    ["there is no provider", { ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "" }, /ALIBABA_CLOUD_OIDC_PROVIDER_ARN is not set/],
    ["there is no file", { ALIBABA_CLOUD_OIDC_TOKEN_FILE: "" }, /ALIBABA_CLOUD_OIDC_TOKEN_FILE is not set/],
    ["the role is none", { ALIBABA_CLOUD_ROLE_ARN: "Pod" }, /cannot assume role "Pod": it is not a role ARN/],
    [
      "the provider is unknown",
      { ALIBABA_CLOUD_OIDC_PROVIDER_ARN: `${OIDC.provider}x` },
      /"EntityNotExist\.OIDCProvider".*check the ARNs of the role and of the provider/,
    ],
    [
      "the role does not trust the provider",
      { ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1234567890123456:role/Viewers" },
      /"AuthenticationFail\.NoPermission"/,
    ],
    ["the session cannot be called so", { ALIBABA_CLOUD_ROLE_SESSION_NAME: "a b" }, /cannot call the session "a b"/],
    [
      "the file is far away",
      { ALIBABA_CLOUD_OIDC_TOKEN_FILE: "/nobody/token" },
      /OIDC token "\/nobody\/token": it does not/,
    ],
  ] as const
) {
  Deno.test(`an OIDC token ends the search where ${why}`, async () => {
    await using rig = await startRig();
    await assert.rejects(rig.find({ ...await variables(rig), ...changes }), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, /^Cannot use ALIBABA_CLOUD_OIDC_TOKEN_FILE: /);
      assert.match(e.message, message);
      return true;
    });
  });
}

for (
  const [what, text] of [
    ["nothing", ""],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nMadeUpThatMustNotShow\n-----END PRIVATE KEY-----\n"],
    ["two lines", `${OIDC.token}\n${OIDC.token}`],
    ["more than STS takes", `a.b.${"c".repeat(20_000)}`],
  ] as const
) {
  Deno.test(`an OIDC token file that holds ${what} is refused before anybody is asked`, async () => {
    await using rig = await startRig();
    await assert.rejects(
      rig.find(await variables(rig, undefined, text)),
      (e) => e instanceof CredentialsError && !e.message.includes("MustNotShow"),
    );
    assert.equal(rig.stage.emulator.calls(), 0);
  });
}

Deno.test("an OIDC token is passed over where a profile was asked for by name", async () => {
  await using rig = await startRig();
  await assert.rejects(
    rig.find(await variables(rig), rig.want("work")),
    /\n {2}OIDC token \(RRSA\): skipped, because profile "work" was asked for\n/,
  );
});
