import assert from "node:assert/strict";
import {
  assumeRole,
  buildAssumeRole,
  buildGetCallerIdentity,
  readAssumeRole,
} from "../../../lib/clouds/aws/assume_role.ts";
import { AssumeRoleError, type Credentials } from "../../../lib/clouds/signer.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { RamAuthError } from "../../../lib/errors.ts";
import { Secret } from "../../../lib/secret.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { CERTIFICATE, DATE, type Stage, startStage } from "../../emulator/stage.ts";
import { credentialsOf } from "../../support/minted_token.ts";
import { assertRoleRefused, assumingWith, roleRequests, SECRET } from "../assuming.ts";

const ROLE = "arn:aws:iam::123456789012:role/ops/ClusterViewer";
const STS = { region: "eu-west-1", endpoint: undefined, caFile: undefined, profile: undefined };

const DAVE = credentialsOf(DEMO_AWS_PRINCIPALS.dave);
const ADMIN = credentialsOf(DEMO_AWS_PRINCIPALS.clusterAdmin);

const wanted = roleRequests({ roleArn: ROLE, credentials: DAVE, sts: STS });
const assumeAt = assumingWith(assumeRole, wanted);

/** Whom the emulator takes the keys for. */
async function arnOf(stage: Stage, credentials: Credentials): Promise<string> {
  const context = { host: stage.emulator.host, region: "eu-west-1", now: new Date(DATE) };
  const { url, ...request } = await buildGetCallerIdentity(credentials, context);
  const answer = await (await fetch(url, { ...request, client: stage.client })).json();
  return answer.GetCallerIdentityResponse.GetCallerIdentityResult.Arn;
}

for (
  const [what, over, session] of [
    ["by the usual name", {}, "ram-auth-1795348800000"],
    ["by a name given", { session: { kind: "given", name: "dave@example.com" } }, "dave@example.com"],
    ["by the caller's session", { credentials: ADMIN, session: { kind: "of_caller" } }, "dave@example.com"],
    ["by the usual name where the caller has no session", { session: { kind: "of_caller" } }, "ram-auth-1795348800000"],
  ] as const
) {
  Deno.test(`assumeRole() of AWS gets keys that sign as the role, its session called ${what}`, async () => {
    await using stage = startStage();
    const keys = await assumeAt(stage.emulator.host, over);
    assert.equal(await arnOf(stage, keys), `arn:aws:sts::123456789012:assumed-role/ClusterViewer/${session}`);
    assert.equal(keys.expiresAt?.toISOString(), "2026-11-22T12:15:00.000Z");
    assert.equal(keys.source, `role ${ROLE}, assumed with a test`);
  });
}

Deno.test("assumeRole() of AWS sends the external id", async () => {
  await using stage = startStage();
  const roleArn = "arn:aws:iam::123456789012:role/Partner";
  const keys = await assumeAt(stage.emulator.host, { roleArn, externalId: "MadeUpExternalId" });
  assert.match(await arnOf(stage, keys), /assumed-role\/Partner\//);
});

for (
  const [why, over, message] of [
    [
      "the role wants an external id",
      { roleArn: "arn:aws:iam::123456789012:role/Partner" },
      /"AccessDenied": User: arn:aws:iam::123456789012:user\/dave is not authorized .*request id ".+"\); check that .*trust/,
    ],
    [
      "the secret is wrong",
      { credentials: { ...DAVE, accessKeySecret: new Secret(SECRET) } },
      /"SignatureDoesNotMatch": .*secret key/,
    ],
    [
      "the key is not known",
      { credentials: { ...DAVE, accessKeyId: "AKIAMADEUPNOBODY0001" }, session: { kind: "of_caller" } },
      /"InvalidClientTokenId": .*keys/,
    ],
  ] as const
) {
  Deno.test(`assumeRole() of AWS says what STS says where ${why}`, async () => {
    await using stage = startStage();
    await assert.rejects(
      assumeAt(stage.emulator.host, over),
      (e) => assertRoleRefused(e, /^Cannot assume role "arn:aws:iam::123456789012:role\//, message),
    );
  });
}

for (
  const [what, roleArn] of [
    ["a user", "arn:aws:iam::123456789012:user/dave"],
    ["a session of a role", "arn:aws:sts::123456789012:assumed-role/ClusterViewer/dave"],
    ["a role of another cloud", "acs:ram::1234567890123456:role/Viewers"],
    ["a role without a name", "arn:aws:iam::123456789012:role/"],
    ["a role and more", `${ROLE}\n`],
    ["a short account", "arn:aws:iam::1234:role/ClusterViewer"],
  ] as const
) {
  Deno.test(`assumeRole() of AWS refuses the ARN of ${what}, before anybody is asked`, async () => {
    await assert.rejects(
      assumeRole(fakeWorld(), wanted({ roleArn })),
      (e) => e instanceof RamAuthError && e.code === "ERR_USAGE" && e.message.includes("it is not a role ARN"),
    );
  });
}

for (const name of ["d", "dave/ops", "x".repeat(65), "dave é", "dave\n"]) {
  Deno.test(`assumeRole() of AWS refuses to call a session ${JSON.stringify(name)}`, async () => {
    await assert.rejects(
      assumeRole(fakeWorld(), wanted({ session: { kind: "given", name } })),
      (e) => e instanceof RamAuthError && e.code === "ERR_USAGE" && e.message.includes("2 to 64 characters"),
    );
  });
}

Deno.test("buildAssumeRole() writes a form that is signed in its headers, which leave the host to the client", async () => {
  const context = { host: "sts.eu-west-1.amazonaws.com", region: "eu-west-1", now: new Date(DATE) };
  const request = wanted({ externalId: "Made Up/Id*" });
  const { body, headers, ...rest } = await buildAssumeRole(request, { ...context, sessionName: "dave@example.com" });
  assert.deepEqual(rest, { url: "https://sts.eu-west-1.amazonaws.com/", method: "POST" });
  assert.equal(
    body,
    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fops%2FClusterViewer" +
      "&RoleSessionName=dave%40example.com&DurationSeconds=900&ExternalId=Made%20Up%2FId%2A",
  );
  assert.deepEqual(Object.keys(headers).sort(), [
    "accept",
    "authorization",
    "content-type",
    "user-agent",
    "x-amz-date",
  ]);
  assert.match(
    headers["authorization"]!,
    /Signature=d1211b2ec4e2a3c09b2c921ceebb7a5fdf5dc2382f9fcacc2e737b4c98cc14f0$/,
    "as botocore 1.43.11 signs the same form",
  );
});

Deno.test("buildAssumeRole() writes all terms of a role", async () => {
  const context = { host: "sts.test", region: "eu-west-1", now: new Date(DATE), sessionName: "s" };
  const policyArns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/Own"];
  const request = wanted({ durationSeconds: 3_600, policy: '{"Statement":[]}', policyArns });
  const { body } = await buildAssumeRole(request, { ...context, mfa: { serial: "GAHT1", code: "123456" } });
  assert.deepEqual(Object.fromEntries([...new URLSearchParams(body)].slice(4)), {
    DurationSeconds: "3600",
    Policy: '{"Statement":[]}',
    "PolicyArns.member.1.arn": policyArns[0],
    "PolicyArns.member.2.arn": policyArns[1],
    SerialNumber: "GAHT1",
    TokenCode: "123456",
  });
});

const MEMBERS = {
  AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
  SecretAccessKey: SECRET,
  SessionToken: "FwoGMadeUp+Token//==",
  Expiration: 1_795_349_700,
};

function read(status: number, text: string): Credentials {
  return readAssumeRole({ status, contentType: "application/json", body: new TextEncoder().encode(text) }, wanted());
}

function answerWith(members: Readonly<Record<string, unknown>>): string {
  const AssumeRoleResult = { Credentials: { ...MEMBERS, ...members }, AssumedRoleUser: {} };
  return JSON.stringify({ AssumeRoleResponse: { AssumeRoleResult } });
}

for (
  const [what, Expiration] of [
    ["a number of seconds", 1_795_349_700],
    ["text", "2026-11-22T12:15:00Z"],
  ] as const
) {
  Deno.test(`readAssumeRole() of AWS reads an expiration that is ${what}`, () => {
    const keys = read(200, answerWith({ Expiration }));
    assert.deepEqual(
      [keys.accessKeyId, keys.accessKeySecret.reveal(), keys.securityToken?.reveal(), keys.expiresAt?.toISOString()],
      ["ASIAIOSFODNN7EXAMPLE", SECRET, "FwoGMadeUp+Token//==", "2026-11-22T12:15:00.000Z"],
    );
  });
}

for (
  const [why, status, text, message] of [
    ["no JSON", 502, "<html>", /HTTP 502 without readable JSON/],
    ["a list", 200, "[]", /without a JSON object/],
    ["nothing", 200, "{}", /no usable "AccessKeyId"/],
    ["no secret", 200, answerWith({ SecretAccessKey: undefined }), /"SecretAccessKey"/],
    ["a token that breaks a header", 200, answerWith({ SessionToken: "a\nb" }), /"SessionToken"/],
    ["a number for a key", 200, answerWith({ AccessKeyId: 1 }), /"AccessKeyId"/],
    ["no expiration", 200, answerWith({ Expiration: null }), /"Expiration"/],
    ["an expiration in no zone", 200, answerWith({ Expiration: "2026-11-22 12:15" }), /"Expiration"/],
    ["a key twice", 200, '{"AssumeRoleResponse":{},"AssumeRoleResponse":{}}', /without readable JSON/],
    ["an error without a code", 503, "{}", /refused with "HTTP 503" \(STS request id "unknown"\)/],
    [
      "words that move the cursor",
      400,
      JSON.stringify({ Error: { Code: "X", Message: "a\u001b[2J\n\u202eb" }, RequestId: "r-1" }),
      /: STS refused with "X": a \[2J b \(STS request id "r-1"\)/,
    ],
    [
      "a flood of words",
      400,
      JSON.stringify({ Error: { Code: "X", Message: "m".repeat(9_000) } }),
      /"X": m{500}… \(/,
    ],
  ] as const
) {
  Deno.test(`readAssumeRole() of AWS refuses ${why}`, () => {
    assert.throws(() => read(status, text), (e) => assertRoleRefused(e, message));
  });
}

/** Plays STS in every way the emulator does not. */
function scriptedSts(answer: (call: number) => Response | Promise<Response>): {
  readonly host: string;
  readonly calls: () => number;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
} {
  let calls = 0;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: CERTIFICATE.certPem,
    key: CERTIFICATE.keyPem,
    onListen: () => {},
  }, (request) => request.body?.cancel().then(() => answer(++calls)) ?? answer(++calls));
  return {
    host: `127.0.0.1:${server.addr.port}`,
    calls: () => calls,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

for (
  const [what, answer, message] of [
    [
      "a redirect, and does not follow it",
      () => new Response(null, { status: 302, headers: { location: "https://127.0.0.1:1/" } }),
      /HTTP 302 without readable JSON/,
    ],
    [
      "more than 64 KiB",
      () => new Response("x".repeat(65_537)),
      /no answer from STS at "127.0.0.1:\d+": .*65536 bytes/,
    ],
  ] as const
) {
  Deno.test(`assumeRole() refuses ${what}`, async () => {
    await using sts = scriptedSts(answer);
    await assert.rejects(assumeAt(sts.host), (e) => e instanceof AssumeRoleError && message.test(e.message));
    assert.equal(sts.calls(), 1);
  });
}

Deno.test("assumeRole() asks once more where the network failed", async () => {
  let tries = 0;
  const failsOnce: typeof fetch = () => {
    tries += 1;
    if (tries === 1) return Promise.reject(new TypeError("connection reset"));
    return Promise.resolve(new Response(answerWith({}), { headers: { "content-type": "application/json" } }));
  };
  const keys = await assumeRole({ ...fakeWorld(), fetch: failsOnce }, wanted());
  assert.equal(keys.accessKeyId, MEMBERS.AccessKeyId);
  assert.equal(tries, 2);
});

Deno.test("assumeRole() names host and cause where STS cannot be reached", async () => {
  await assert.rejects(assumeRole(fakeWorld(), wanted()), (e) => {
    assert(e instanceof AssumeRoleError);
    assert.match(e.message, /no answer from STS at "sts\.eu-west-1\.amazonaws\.com": this test has no network; check /);
    return e.cause instanceof TypeError;
  });
});

for (
  const [what, sourceArn, account] of [
    ["an ARN with an account", "arn:aws:eks:eu-west-1:210987654321:cluster/made-up", "210987654321"],
    ["an ARN without one", "arn:aws:s3:::made-up", undefined],
    ["no source", undefined, undefined],
  ] as const
) {
  Deno.test(`assumeRole() of AWS says on whose behalf it asks: ${what}`, async () => {
    const context = { host: "sts.test", region: "eu-west-1", now: new Date(DATE), sessionName: "s", sourceArn };
    const { headers } = await buildAssumeRole(wanted(), context);
    assert.equal(headers["x-amz-source-arn"], sourceArn);
    assert.equal(headers["x-amz-source-account"], account);
    const signed = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
    assert.equal(signed.includes("x-amz-source-arn"), sourceArn !== undefined);
    assert.equal(signed.includes("x-amz-source-account"), account !== undefined);
  });
}

for (const sourceArn of ["", "cluster", "arn:aws:eks:eu-west-1:1:cluster/a", "arn:aws:eks::210987654321:a\r\nb"]) {
  Deno.test(`assumeRole() of AWS takes no source ${JSON.stringify(sourceArn)}`, async () => {
    const context = { host: "sts.test", region: "eu-west-1", now: new Date(DATE), sessionName: "s", sourceArn };
    await assert.rejects(buildAssumeRole(wanted(), context), { code: "ERR_USAGE" });
  });
}
