import assert from "node:assert/strict";
import { createHostTable } from "../../../lib/clouds/aws/endpoints.ts";
import { PARTITIONS } from "../../../lib/clouds/aws/partitions.ts";
import { buildStsCall, readCallerIdentity } from "../../../lib/clouds/aws/sts.ts";
import { parseToken, readDate } from "../../../lib/clouds/aws/token_parser.ts";
import { type StsAnswer, StsDenied, StsFault, StsThrottled, TokenError } from "../../../lib/clouds/cloud.ts";
import { VERSION } from "../../../lib/version.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

const NOW = new Date("2026-11-21T12:00:00Z");

for (const vector of vectors) {
  Deno.test(`buildStsCall() rebuilds what botocore signed: ${vector.name}`, () => {
    const { id } = PARTITIONS.find(({ regions }) => regions.includes(vector.region))!;
    const context = { clusterId: vector.clusterId, now: NOW };
    const { readAnswer: _, ...call } = buildStsCall(
      parseToken(vector.token),
      createHostTable({ partition: id }),
      context,
    );
    assert.deepEqual(call, {
      host: vector.host,
      region: vector.host === "sts.amazonaws.com" ? "global" : vector.region,
      method: "GET",
      target: vector.url.slice(`https://${vector.host}`.length),
      accessKeyId: new URL(vector.url).searchParams.get("X-Amz-Credential")!.split("/")[0],
      endsAtMs: readDate(new URL(vector.url).searchParams.get("X-Amz-Date")!).getTime() + 15 * 60_000,
      headers: {
        "x-k8s-aws-id": vector.clusterId,
        accept: "application/json",
        "user-agent": `ram-auth/${VERSION}`,
      },
    });
  });
}

const REQUEST = parseToken(vectors[1]!.token);
const TABLE = createHostTable({ stsHosts: ["127.0.0.1:8443", "sts.us-west-2.example.com"] });
const CONTEXT = { clusterId: "eks", now: NOW };

for (
  const [when, now, reason] of [
    ["at its date", "2026-11-21T12:00:00Z", undefined],
    ["15 minutes later", "2026-11-21T12:15:00.000Z", undefined],
    ["a moment after that", "2026-11-21T12:15:00.001Z", "expired"],
    ["5 minutes before it", "2026-11-21T11:55:00.000Z", undefined],
    ["a moment earlier", "2026-11-21T11:54:59.999Z", "not_yet_valid"],
  ] as const
) {
  Deno.test(`a token is ${reason ?? "good"} ${when}`, () => {
    const build = () => buildStsCall(REQUEST, TABLE, { ...CONTEXT, now: new Date(now) });
    if (reason === undefined) build();
    else assert.throws(build, (e) => e instanceof TokenError && e.reason === reason);
  });
}

for (
  const [what, request, reason] of [
    ["a host that is not in the table", { host: "sts.s3.amazonaws.com" }, "wrong_host"],
    ["a host of another partition", { host: "sts.cn-north-1.amazonaws.com.cn", region: "cn-north-1" }, "wrong_host"],
    ["a host with the usual port", { host: "sts.us-west-2.amazonaws.com:443" }, "wrong_host"],
    ["a host with a dot at the end", { host: "sts.us-west-2.amazonaws.com." }, "wrong_host"],
    ["an added host without its port", { host: "127.0.0.1" }, "wrong_host"],
    ["the name of an inherited property", { host: "constructor" }, "wrong_host"],
    ["another region than its host", { region: "us-east-1" }, "malformed"],
    ["a region in a list", { region: "us-west-2,us-east-1" }, "malformed"],
    ["another region than us-east-1 for the global host", { host: "sts.amazonaws.com" }, "malformed"],
    ["another region than an added host's", { host: "sts.us-west-2.example.com", region: "us-west-1" }, "malformed"],
    ["a date that no calendar has", { date: "20260230T120000Z" }, "malformed"],
  ] as const
) {
  Deno.test(`buildStsCall() refuses a request with ${what}`, () => {
    assert.throws(
      () => buildStsCall({ ...REQUEST, ...request }, TABLE, CONTEXT),
      (e) => e instanceof TokenError && e.code === "ERR_TOKEN" && e.reason === reason,
    );
  });
}

for (
  const [what, host, table, why] of [
    [
      "of another partition",
      "sts.cn-north-1.amazonaws.com.cn",
      {},
      /host "sts.cn-north-1.amazonaws.com.cn" of partition "aws-cn", and "aws" is accepted; set "server.partition"/,
    ],
    [
      "of the main partition",
      "sts.us-east-1.amazonaws.com",
      { partition: "aws-cn" },
      /of partition "aws", and "aws-cn" is/,
    ],
    [
      "of a region that is newer than the table",
      "sts.xx-north-9.amazonaws.com",
      {},
      /"sts.xx-north-9.amazonaws.com", which is none .* add it to "server.stsHosts" \(--sts-hosts\) if you trust it/,
    ],
    ["of the operator's, without its port", "127.0.0.1", { stsHosts: ["127.0.0.1:8443"] }, /host "127.0.0.1", which/],
    [
      "that is not among the only ones",
      "sts.us-west-2.amazonaws.com",
      { stsHosts: ["sts.eu-west-1.amazonaws.com"], stsHostsOnly: true },
      /and only those of "server.stsHosts" \(--sts-hosts\) are accepted/,
    ],
  ] as const
) {
  Deno.test(`a token for a host ${what} is refused with the host and the option that accepts it`, () => {
    assert.throws(
      () => buildStsCall({ ...REQUEST, host }, createHostTable(table), CONTEXT),
      (e) =>
        e instanceof TokenError && e.reason === "wrong_host" && why.test(e.message) && !e.publicMessage.includes(host),
    );
  });
}

Deno.test("a denial of STS says what it may mean, and how old the token is by each clock", () => {
  const call = buildStsCall(REQUEST, TABLE, { clusterId: "eks", now: new Date("2026-11-21T12:00:05Z") });
  const denial = (code: string) => {
    try {
      call.readAnswer({ ...error(code, 403), date: "Sat, 21 Nov 2026 12:00:06 GMT" });
    } catch (thrown) {
      assert(thrown instanceof StsDenied);
      assert.equal(thrown.publicMessage, `STS refused the token: ${code}, STS request id ${REQUEST_ID}`);
      return thrown.message;
    }
    throw new Error("nothing was refused");
  };
  assert.match(
    denial("SignatureDoesNotMatch"),
    /; the secret key is another one, or .* another cluster than "eks"; its date/,
  );
  assert.match(
    denial("ExpiredToken"),
    /"\); its date "2026-11-21T12:00:00Z" is 5 s behind this machine's clock, .*:06Z"$/,
  );
});

for (
  const [what, request, region] of [
    ["of the global host", { host: "sts.amazonaws.com", region: "us-east-1" }, "global"],
    ["of a FIPS host", { host: "sts-fips.us-west-2.amazonaws.com" }, "us-west-2"],
    ["of a dual-stack host", { host: "sts.us-west-2.api.aws" }, "us-west-2"],
    ["of an added host", { host: "127.0.0.1:8443" }, "custom"],
    ["of an added host, whatever the region", { host: "127.0.0.1:8443", region: "xx-north-9" }, "custom"],
    ["of an added host with a region", { host: "sts.us-west-2.example.com" }, "us-west-2"],
  ] as const
) {
  Deno.test(`buildStsCall() labels a request ${what} "${region}"`, () => {
    const call = buildStsCall({ ...REQUEST, ...request }, TABLE, CONTEXT);
    assert.deepEqual({ host: call.host, region: call.region }, { host: request.host, region });
  });
}

Deno.test("buildStsCall() sends the server's cluster id, as no token says whose it is", () => {
  assert.equal(buildStsCall(REQUEST, TABLE, { ...CONTEXT, clusterId: "EKS" }).headers["x-k8s-aws-id"], "EKS");
});

const ACCOUNT = "123456789012";
const KEY = "AKIAIOSFODNN7EXAMPLE";
const REQUEST_ID = "01234567-89ab-cdef-0123-456789abcdef";
const USER = { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/dave`, UserId: "AIDAIOSFODNN7EXAMPLE" };
const PATH_USER = { ...USER, Arn: `arn:aws:iam::${ACCOUNT}:user/ops/dave` };
const ROLE = {
  Account: ACCOUNT,
  Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ClusterAdmin/dave@example.com`,
  UserId: "AROAIOSFODNN7EXAMPLE:dave@example.com",
};
const ROOT = { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root`, UserId: ACCOUNT };
const FEDERATED = { Account: ACCOUNT, Arn: `arn:aws:sts::${ACCOUNT}:federated-user/Bob`, UserId: `${ACCOUNT}:Bob` };

/** What nobody may read: other identities, at every depth. */
const NEW_MEMBERS = {
  Groups: [],
  Session: { Arn: ROOT.Arn, Account: "210987654321", UserId: "210987654321", Tags: [{ Arn: ROOT.Arn }] },
  GetCallerIdentityResult: ROOT,
  GetCallerIdentityResponse: { GetCallerIdentityResult: ROOT },
  arn: ROOT.Arn,
};

function ofResult(result: unknown, metadata: unknown = { RequestId: REQUEST_ID }): unknown {
  return { GetCallerIdentityResponse: { GetCallerIdentityResult: result, ResponseMetadata: metadata } };
}

function answer(body: unknown, { status = 200, contentType = "application/json" } = {}): StsAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, contentType, body: body instanceof Uint8Array ? body : new TextEncoder().encode(text) };
}

function read(given: StsAnswer, partition = "aws") {
  return readCallerIdentity(given, { accessKeyId: KEY, partition });
}

for (
  const [kind, result, canonicalArn, principalId, sessionName] of [
    ["a user", USER, USER.Arn, "AIDAIOSFODNN7EXAMPLE", ""],
    ["a user with a path", PATH_USER, PATH_USER.Arn, "AIDAIOSFODNN7EXAMPLE", ""],
    ["an account", ROOT, ROOT.Arn, ACCOUNT, ""],
    ["an assumed role", ROLE, `arn:aws:iam::${ACCOUNT}:role/ClusterAdmin`, "AROAIOSFODNN7EXAMPLE", "dave@example.com"],
    ["a federated user", FEDERATED, FEDERATED.Arn, `${ACCOUNT}:Bob`, ""],
    ["a user, with a member that is new", { ...USER, Mfa: true }, USER.Arn, "AIDAIOSFODNN7EXAMPLE", ""],
    ["a user, with new members that are nested", { ...USER, ...NEW_MEMBERS }, USER.Arn, "AIDAIOSFODNN7EXAMPLE", ""],
  ] as const
) {
  Deno.test(`readCallerIdentity() reads ${kind}`, () => {
    assert.deepEqual(read(answer(ofResult(result))), {
      cloud: "aws",
      arn: result.Arn,
      canonicalArn,
      accountId: ACCOUNT,
      principalId,
      sessionName,
      accessKeyId: KEY,
    });
  });
}

Deno.test("numbers of a new member may have more digits than anybody holds, and metadata may grow", () => {
  const grown = JSON.stringify(ofResult(USER, { RequestId: REQUEST_ID, Retries: { Count: 1 } }));
  const body = grown.replace(
    '{"Account"',
    '{"Until":1764390000.1234567890123456789,"Serial":-12345678901234567890e9999,"Account"',
  );
  assert.equal(read(answer(body)).arn, USER.Arn);
});

Deno.test("an identity of another partition than the server's is none, in either direction", () => {
  const body = answer(ofResult({ ...USER, Arn: USER.Arn.replace("arn:aws:", "arn:aws-cn:") }));
  assert.equal(read(body, "aws-cn").canonicalArn, `arn:aws-cn:iam::${ACCOUNT}:user/dave`);
  assert.throws(() => read(body), StsFault);
  assert.throws(() => read(answer(ofResult(USER)), "aws-cn"), StsFault);
});

Deno.test("the answer to a rebuilt call is judged for the table's partition", () => {
  const call = buildStsCall(REQUEST, TABLE, CONTEXT);
  assert.equal(call.readAnswer(answer(ofResult(USER))).accessKeyId, KEY);
  const body = answer(ofResult({ ...USER, Arn: USER.Arn.replace("arn:aws:", "arn:aws-us-gov:") }));
  assert.throws(() => call.readAnswer(body), StsFault);
});

const RESPONSE = JSON.stringify(ofResult(USER));

for (
  const [why, given] of [
    ["no body", answer("")],
    ["XML", answer("<GetCallerIdentityResponse/>", { contentType: "text/xml" })],
    ["JSON called text", answer(ofResult(USER), { contentType: "text/plain" })],
    ["no media type", answer(ofResult(USER), { contentType: "" })],
    ["bytes that are not UTF-8", answer(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ["half an answer", answer(RESPONSE.slice(0, -1))],
    ["text after the answer", answer(`${RESPONSE}{}`)],
    ["a list", answer([ofResult(USER)])],
    ["nothing in it", answer({})],
    ["the result without its envelope", answer(USER)],
    ["a member that stands twice", answer(RESPONSE.replace('{"Account"', '{"Arn":"arn:aws:iam::1:root","Account"'))],
    ["an envelope that stands twice", answer(`{"GetCallerIdentityResponse":{},${RESPONSE.slice(1)}`)],
    ["another envelope", answer({ Response: ofResult(USER) })],
    ["another envelope beside it", answer({ ...ofResult(USER) as object, AssumeRoleResponse: {} })],
    ["a flat member beside it", answer({ ...ofResult(USER) as object, Arn: USER.Arn })],
    ["the answer of another action", answer({ AssumeRoleResponse: { AssumeRoleResult: USER } })],
    ["a list of results", answer(ofResult([USER]))],
    ["a second result", answer(RESPONSE.replace('"ResponseMetadata"', '"AssumeRoleResult":{},"ResponseMetadata"'))],
    ["an object in the result", answer(ofResult({ ...USER, Credentials: {} }))],
    ["an ARN only in a new member", answer(ofResult({ ...USER, Arn: undefined, Session: { Arn: USER.Arn } }))],
    ["an account only in a new member", answer(ofResult({ ...USER, Account: undefined, Session: [USER] }))],
    ["an identity only in a result within the result", answer(ofResult({ GetCallerIdentityResult: USER }))],
    [
      "a new member in which one stands twice",
      answer(RESPONSE.replace('{"Account"', '{"New":{"a":1,"a":2},"Account"')),
    ],
    ["a new member that is nested too deep", answer(ofResult({ ...USER, New: [[[[[1]]]]] }))],
    ["a new member that is no JSON", answer(RESPONSE.replace('{"Account"', '{"New":01,"Account"'))],
    ["a new member beside the result", answer(RESPONSE.replace('"ResponseMetadata"', '"New":{},"ResponseMetadata"'))],
    ["no metadata", answer({ GetCallerIdentityResponse: { GetCallerIdentityResult: USER } })],
    ["metadata that are null", answer(ofResult(USER, null))],
    ["a request id only in a new member", answer(ofResult(USER, { New: { RequestId: REQUEST_ID } }))],
    ["no request id", answer(ofResult(USER, {}))],
    ["no ARN", answer(ofResult({ ...USER, Arn: undefined }))],
    ["an empty ARN", answer(ofResult({ ...USER, Arn: "" }))],
    ["an ARN that is not text", answer(ofResult({ ...USER, Arn: 1 }))],
    ["an ARN of another cloud", answer(ofResult({ ...USER, Arn: "acs:ram::1234567890123456:user/alice" }))],
    ["an ARN that nobody can have", answer(ofResult({ ...USER, Arn: `arn:aws:iam::${ACCOUNT}:group/a` }))],
    ["another account than the ARN", answer(ofResult({ ...USER, Account: "210987654321" }))],
    ["no account", answer(ofResult({ ...USER, Account: "" }))],
    ["an account that is a number", answer(ofResult({ ...USER, Account: 123456789012 }))],
    ["no user id", answer(ofResult({ ...USER, UserId: undefined }))],
    ["a user with a role's id", answer(ofResult({ ...USER, UserId: "AROAIOSFODNN7EXAMPLE" }))],
    ["a user with a session", answer(ofResult({ ...USER, UserId: `${USER.UserId}:dave` }))],
    ["a user id with a slash", answer(ofResult({ ...USER, UserId: "AIDA/EXAMPLE" }))],
    ["a user id of four letters", answer(ofResult({ ...USER, UserId: "AIDA" }))],
    ["a user whose id is the account", answer(ofResult({ ...USER, UserId: ACCOUNT }))],
    ["a role with a user's id", answer(ofResult({ ...ROLE, UserId: "AIDAIOSFODNN7EXAMPLE:dave@example.com" }))],
    ["a role of another session", answer(ofResult({ ...ROLE, UserId: "AROAIOSFODNN7EXAMPLE:erin" }))],
    ["a role without a session", answer(ofResult({ ...ROLE, UserId: "AROAIOSFODNN7EXAMPLE" }))],
    ["a role with an empty session", answer(ofResult({ ...ROLE, UserId: "AROAIOSFODNN7EXAMPLE:" }))],
    ["a role with two sessions", answer(ofResult({ ...ROLE, UserId: `${ROLE.UserId}:x` }))],
    ["an account with the id of another", answer(ofResult({ ...ROOT, UserId: "210987654321" }))],
    ["an account with a session", answer(ofResult({ ...ROOT, UserId: `${ACCOUNT}:root` }))],
    ["a federated user of another account", answer(ofResult({ ...FEDERATED, UserId: "210987654321:Bob" }))],
    ["a federated user of another name", answer(ofResult({ ...FEDERATED, UserId: `${ACCOUNT}:Eve` }))],
    ["a federated user with a role's id", answer(ofResult({ ...FEDERATED, UserId: "AROAIOSFODNN7EXAMPLE:Bob" }))],
    ["an error that is no JSON", answer("<html>", { status: 403, contentType: "text/html" })],
    ["an error without a code", answer({ Error: {}, RequestId: REQUEST_ID }, { status: 403 })],
    ["an error with its code elsewhere", answer({ Code: "AccessDenied", RequestId: REQUEST_ID }, { status: 403 })],
    ["an error that is text", answer({ Error: "AccessDenied" }, { status: 403 })],
    ["a server error", error("InternalFailure", 500)],
    ["a service that is down", error("ServiceUnavailable", 503)],
    ["a redirect", answer("", { status: 302, contentType: "" })],
    ["a success of another kind", answer(ofResult(USER), { status: 201 })],
  ] as const
) {
  Deno.test(`readCallerIdentity() takes ${why} for a fault of STS`, () => {
    assert.throws(() => read(given), (e) => e instanceof StsFault && e.code === "ERR_STS_FAULT");
  });
}

function error(code: string, status: number): StsAnswer {
  return answer({ Error: { Code: code, Message: "…", Type: "Sender" }, RequestId: REQUEST_ID }, { status });
}

for (
  const [code, status] of [
    ["InvalidClientTokenId", 403],
    ["SignatureDoesNotMatch", 403],
    ["ExpiredToken", 403],
    ["AccessDenied", 403],
    ["MissingAuthenticationToken", 403],
    ["ThrottlingIsNotThis", 400],
  ] as const
) {
  Deno.test(`"${code}" denies the caller, and is quoted with the request id`, () => {
    assert.throws(
      () => read(error(code, status)),
      (e) =>
        e instanceof StsDenied && e.code === "ERR_STS_DENIED" && e.stsCode === code && e.message.includes(REQUEST_ID),
    );
  });
}

for (
  const [code, status] of [
    ["Throttling", 400],
    ["ThrottlingException", 400],
    ["ThrottledException", 400],
    ["RequestThrottled", 400],
    ["RequestThrottledException", 400],
    ["RequestLimitExceeded", 503],
    ["TooManyRequestsException", 400],
    ["SlowDown", 503],
    ["AnythingElse", 429],
  ] as const
) {
  Deno.test(`HTTP ${status} with "${code}" asks for fewer calls`, () => {
    assert.throws(() => read(error(code, status)), (e) => e instanceof StsThrottled && e.code === "ERR_STS_THROTTLED");
  });
}
