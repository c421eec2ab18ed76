import assert from "node:assert/strict";
import { buildStsCall, readCallerIdentity } from "../../../lib/clouds/alibaba/sts.ts";
import { parseToken } from "../../../lib/clouds/alibaba/token_parser.ts";
import { type StsAnswer, StsDenied, StsFault, StsThrottled, TokenError } from "../../../lib/clouds/cloud.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };

const ENDPOINT = { host: "sts.aliyuncs.com", region: "global" };
const KEY = "LTAI5tMadeUpKey";

for (const vector of vectors) {
  Deno.test(`buildStsCall() rebuilds what ack-ram-tool signed: ${vector.name}`, () => {
    const context = { clusterId: vector.clusterId, now: new Date(vector.date) };
    const call = buildStsCall(parseToken(vector.token), ENDPOINT, context);
    const { readAnswer: _, headers, ...rest } = call;
    const { "user-agent": agent, accept, authorization, ...signed } = headers;
    const { "user-agent": __, Authorization, ...want } = vector.decoded.headers;
    assert.match(agent!, /^ram-auth\//);
    assert.equal(accept, "application/json");
    assert.equal(authorization, Authorization);
    assert.deepEqual(signed, want);
    assert.equal(new URL(`https://x${call.target}`).searchParams.get("ACKClusterId"), vector.clusterId);
    assert.deepEqual(rest, {
      ...ENDPOINT,
      method: "POST",
      target: call.target,
      accessKeyId: /Credential=([^,]+),/.exec(Authorization)![1],
      endsAtMs: Date.parse(vector.date) + 15 * 60_000,
    });
  });
}

const REQUEST = parseToken(vectors[1]!.token);

for (
  const [when, now, reason] of [
    ["at its date", "2026-11-22T00:43:23Z", undefined],
    ["15 minutes later", "2026-11-22T00:58:23.000Z", undefined],
    ["a moment after that", "2026-11-22T00:58:23.001Z", "expired"],
    ["a year later", "2027-11-22T00:43:23Z", "expired"],
    ["5 minutes before it", "2026-11-22T00:38:23.000Z", undefined],
    ["a moment earlier", "2026-11-22T00:38:22.999Z", "not_yet_valid"],
  ] as const
) {
  Deno.test(`a token is ${reason ?? "good"} ${when}`, () => {
    const build = () => buildStsCall(REQUEST, ENDPOINT, { clusterId: "c1", now: new Date(now) });
    if (reason === undefined) build();
    else assert.throws(build, (e) => e instanceof TokenError && e.reason === reason);
  });
}

for (const clusterId of ["c2", "C1", "c1 ", "c1\0", ""]) {
  Deno.test(`a token for "c1" is of the wrong cluster for ${JSON.stringify(clusterId)}`, () => {
    assert.throws(
      () => buildStsCall(REQUEST, ENDPOINT, { clusterId, now: new Date(REQUEST.date) }),
      (e) => e instanceof TokenError && e.reason === "wrong_cluster",
    );
  });
}

Deno.test("a token for another cluster is refused with both ids, of which the token's cannot move the cursor", () => {
  const request = { ...REQUEST, clusterId: "c2\u001b[2J\u202e" };
  assert.throws(
    () => buildStsCall(request, ENDPOINT, { clusterId: "c1", now: new Date(REQUEST.date) }),
    (e: Error) =>
      e.message.includes(String.raw`for cluster "c2\u001b[2J\u{202e}", not "c1"`) && /^[ -~]+$/.test(e.message),
  );
});

Deno.test("a denial of STS says to the operator, and to nobody else, how old the token is by each clock", () => {
  const call = buildStsCall(REQUEST, ENDPOINT, { clusterId: "c1", now: new Date("2026-11-22T00:44:33Z") });
  const body = { Code: "InvalidTimeStamp.Expired", RequestId: "R1" };
  const given = { ...answer(body, { status: 400 }), date: "Sun, 22 Nov 2026 01:44:33 GMT" };
  assert.throws(() => call.readAnswer(given), (e) => {
    assert(e instanceof StsDenied);
    assert.match(e.message, /"R1"\); its date "2026-11-22T00:43:23Z" is 1 min 10 s behind this machine's clock, /);
    assert.match(
      e.message,
      /which is 1 h behind the clock of STS, "2026-11-22T01:44:33Z"; set the clock of this machine$/,
    );
    return e.publicMessage === "STS refused the token: InvalidTimeStamp.Expired, STS request id R1";
  });
});

for (
  const [why, date] of [
    ["nothing", ""],
    ["a day that no calendar has", "2026-02-30T00:00:00Z"],
    ["a leap second", "2026-11-22T00:43:60Z"],
    ["the hour 24", "2026-11-22T24:00:00Z"],
    ["fractions of a second", "2026-11-22T00:43:23.000Z"],
    ["another zone", "2026-11-22T00:43:23+00:00"],
    ["lower case", "2026-11-22t00:43:23z"],
    ["the other cloud's form", "20261122T004323Z"],
    ["a line break", "2026-11-22T00:43:23Z\n"],
  ] as const
) {
  Deno.test(`a token's date may not be ${why}`, () => {
    assert.throws(
      () => buildStsCall({ ...REQUEST, date }, ENDPOINT, { clusterId: "c1", now: new Date(vectors[1]!.date) }),
      (e) => e instanceof TokenError && e.reason === "malformed",
    );
  });
}

const USER = { ...DEMO_PRINCIPALS.alice.identity, RequestId: "7B2C3F1A-0000-4000-8000-000000000000" };
const ROLE = { ...DEMO_PRINCIPALS.kubernetesAdmin.identity, RequestId: USER.RequestId };
const ROOT = { ...DEMO_PRINCIPALS.root.identity, RequestId: USER.RequestId };

/** What nobody may read: other identities, at every depth. */
const NEW_MEMBERS = { Groups: [], Result: { ...ROOT, Sessions: [ROOT] }, Error: { Code: "Forbidden" }, arn: ROOT.Arn };

function answer(body: unknown, { status = 200, contentType = "application/json;charset=utf-8" } = {}): StsAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, contentType, body: body instanceof Uint8Array ? body : new TextEncoder().encode(text) };
}

for (
  const [kind, body, canonicalArn, principalId, sessionName] of [
    ["a user", USER, USER.Arn, "200000000000000001", ""],
    ["an account", ROOT, ROOT.Arn, ROOT.AccountId, ""],
    [
      "an assumed role",
      ROLE,
      "acs:ram::1234567890123456:role/KubernetesAdmin",
      "300000000000000001",
      "alice@example.com",
    ],
    ["a user, with new members that are nested", { ...USER, ...NEW_MEMBERS }, USER.Arn, USER.PrincipalId, ""],
    ["a user, with a member that is new", { ...USER, Region: "cn", Mfa: true }, USER.Arn, USER.PrincipalId, ""],
  ] as const
) {
  Deno.test(`readCallerIdentity() reads ${kind}`, () => {
    assert.deepEqual(readCallerIdentity(answer(body), KEY), {
      cloud: "alibaba",
      arn: body.Arn,
      canonicalArn,
      accountId: "1234567890123456",
      principalId,
      sessionName,
      accessKeyId: KEY,
    });
  });
}

for (
  const [why, given] of [
    ["no body", answer("")],
    ["HTML", answer("<html>", { contentType: "text/html" })],
    ["JSON called text", answer(USER, { contentType: "text/plain" })],
    ["JSON called something like it", answer(USER, { contentType: "application/jsonp" })],
    ["no media type", answer(USER, { contentType: "" })],
    ["bytes that are not UTF-8", answer(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ["half an answer", answer(JSON.stringify(USER).slice(0, -1))],
    ["a list", answer([USER])],
    ["a member that stands twice", answer(JSON.stringify(USER).replace("{", '{"Arn":"acs:ram::1:root",'))],
    ["an envelope", answer({ Result: USER })],
    ["an ARN only in a new member", answer({ ...USER, Arn: undefined, Session: { Arn: USER.Arn } })],
    ["an account only in a new list", answer({ ...USER, AccountId: undefined, Sessions: [USER] })],
    ["a new member in which one stands twice", answer(JSON.stringify(USER).replace("{", '{"New":{"a":1,"a":2},'))],
    ["a new member that is nested too deep", answer({ ...USER, New: [[[[[[[1]]]]]]] })],
    ["the answer of another action", answer({ ...USER, Credentials: { AccessKeyId: "STS.NMadeUp" } })],
    ["no ARN", answer({ ...USER, Arn: undefined })],
    ["an ARN that is not text", answer({ ...USER, Arn: 1 })],
    ["an ARN of another cloud", answer({ ...USER, Arn: "arn:aws:iam::1:user/alice" })],
    ["another account than the ARN", answer({ ...USER, AccountId: "1" })],
    ["no account", answer({ ...USER, AccountId: "" })],
    ["an account that is a number", answer({ ...USER, AccountId: 1234567890123456 })],
    ["another kind than the ARN", answer({ ...USER, IdentityType: "AssumedRoleUser" })],
    ["a kind that is not known", answer({ ...USER, IdentityType: "OIDCUser" })],
    ["no principal id", answer({ ...USER, PrincipalId: "" })],
    ["a principal id with a slash", answer({ ...USER, PrincipalId: "1/2" })],
    ["a user with a session", answer({ ...USER, PrincipalId: `${USER.PrincipalId}:alice` })],
    ["an assumed role without a session", answer({ ...ROLE, PrincipalId: "300000000000000001" })],
    ["an assumed role of another session", answer({ ...ROLE, PrincipalId: "300000000000000001:bob" })],
    ["no request id", answer({ ...USER, RequestId: undefined })],
    ["success under another status", answer(USER, { status: 201 })],
    ["a redirect", answer(USER, { status: 302 })],
    ["an error of the server", answer({ Code: "InternalError", RequestId: "R1" }, { status: 500 })],
    ["an outage", answer({ Code: "ServiceUnavailable", RequestId: "R1" }, { status: 503 })],
    ["an error in HTML", answer("<html>", { status: 502, contentType: "text/html" })],
    ["an error without a code", answer({ Message: "no" }, { status: 400 })],
    ["an error with a code that cannot be quoted", answer({ Code: "a\nb", RequestId: "R1" }, { status: 400 })],
    ["an error with a code that is a number", answer({ Code: 400 }, { status: 400 })],
  ] as const
) {
  Deno.test(`readCallerIdentity() calls it an outage where STS answers ${why}`, () => {
    assert.throws(
      () => readCallerIdentity(given, KEY),
      (e) => e instanceof StsFault && e.code === "ERR_STS_FAULT" && e.retryable,
    );
  });
}

for (
  const [code, status] of [
    ["SignatureDoesNotMatch", 400],
    ["InvalidTimeStamp.Expired", 400],
    ["SignatureNonceUsed", 400],
    ["InvalidAccessKeyId.NotFound", 404],
    ["InvalidAccessKeyId.Inactive", 400],
    ["InvalidSecurityToken.Expired", 400],
    ["InvalidSecurityToken.Malformed", 400],
    ["InvalidSecurityToken.MismatchWithAccessKey", 400],
    ["MissingSecurityToken", 400],
    ["Forbidden.RAM", 403],
  ] as const
) {
  Deno.test(`readCallerIdentity() denies on ${code}, and quotes it with the request id`, () => {
    const body = { Code: code, Message: "echo of LTAI5tMadeUpEcho", RequestId: "7B2C-1", HostId: "sts.aliyuncs.com" };
    assert.throws(() => readCallerIdentity(answer(body, { status }), KEY), (e) => {
      assert(e instanceof StsDenied);
      assert.equal(e.code, "ERR_STS_DENIED");
      assert.equal(e.stsCode, code);
      assert.equal(e.publicMessage, `STS refused the token: ${code}, STS request id 7B2C-1`);
      assert(!e.message.includes("LTAI5tMadeUpEcho"));
      return !e.retryable;
    });
  });
}

for (
  const [code, status] of [
    ["Throttling", 400],
    ["Throttling.User", 400],
    ["Throttling.Api", 400],
    ["Throttling.User", 503],
    ["TooManyRequests", 429],
  ] as const
) {
  Deno.test(`readCallerIdentity() slows down on ${code} with HTTP ${status}`, () => {
    assert.throws(
      () => readCallerIdentity(answer({ Code: code, RequestId: "R1" }, { status }), KEY),
      (e) => e instanceof StsThrottled && e.code === "ERR_STS_THROTTLED" && e.retryable,
    );
  });
}

Deno.test("a request id that cannot be quoted is not quoted", () => {
  const body = { Code: "SignatureDoesNotMatch", RequestId: "<script>" };
  assert.throws(
    () => readCallerIdentity(answer(body, { status: 400 }), KEY),
    (e) => e instanceof StsDenied && e.publicMessage.endsWith("STS request id unknown"),
  );
});
