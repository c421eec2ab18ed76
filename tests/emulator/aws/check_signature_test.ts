import assert from "node:assert/strict";
import { checkSignature } from "../../../lib/emulator/aws/check_signature.ts";
import type { StsErrorCode } from "../../../lib/emulator/aws/errors.ts";
import { type AwsPrincipal, DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };
import { headerSigned, presigned, type Signing } from "./signed_request.ts";

const { dave, clusterAdmin, federated } = DEMO_AWS_PRINCIPALS;
const DATE = "20261122T120000Z";
const DAY = "20261122";
const NOW = new Date("2026-11-22T12:00:00Z");
const JUDGE = { principals: Object.values(DEMO_AWS_PRINCIPALS), now: NOW };

/** A vector as the server would send it, its signer, and the clock at which it was signed. */
function requestOf(vector: (typeof vectors)[number]) {
  const principal: AwsPrincipal = {
    accessKeyId: vector.accessKeyId,
    accessKeySecret: vector.secretAccessKey,
    ...(vector.sessionToken && { securityToken: vector.sessionToken }),
    identity: dave.identity,
  };
  const now = new Date(vector.date.replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
  const request: ReceivedRequest = {
    method: "GET",
    path: "/",
    query: vector.url.slice(vector.url.indexOf("?") + 1),
    headers: new Headers({ host: vector.host, "x-k8s-aws-id": vector.clusterId, accept: "application/json" }),
    body: new Uint8Array(),
  };
  return { principal, now, request };
}

for (const vector of vectors) {
  const { principal, now, request } = requestOf(vector);

  Deno.test(`checkSignature() accepts botocore's request: ${vector.name}`, () => {
    const verdict = checkSignature(request, { principals: [principal], now });
    assert.deepEqual(verdict, { kind: "accepted", principal });
  });

  Deno.test(`checkSignature() accepts botocore's request with its parameters in any order: ${vector.name}`, () => {
    const query = request.query.split("&").reverse().join("&");
    assert.equal(checkSignature({ ...request, query }, { principals: [principal], now }).kind, "accepted");
  });

  Deno.test(`checkSignature() refuses botocore's request with any byte changed: ${vector.name}`, () => {
    const refuses = (changed: ReceivedRequest, what: string) =>
      assert.equal(checkSignature(changed, { principals: [principal], now }).kind, "refused", what);
    for (const [at, character] of [...request.query].entries()) {
      const other = character === "0" ? "1" : "0";
      const query = request.query.slice(0, at) + other + request.query.slice(at + 1);
      refuses({ ...request, query }, query);
    }
    for (const name of ["host", "x-k8s-aws-id"]) {
      const value = request.headers.get(name)!;
      for (let at = 0; at < value.length; at++) {
        const headers = new Headers(request.headers);
        headers.set(name, value.slice(0, at) + (value[at] === "0" ? "1" : "0") + value.slice(at + 1));
        refuses({ ...request, headers }, `${name}: ${headers.get(name)}`);
      }
    }
    refuses({ ...request, method: "POST" }, "method");
    refuses({ ...request, body: new Uint8Array(1) }, "body");
  });

  Deno.test(`checkSignature() refuses botocore's request with another secret: ${vector.name}`, () => {
    const principals = [{ ...principal, accessKeySecret: "MadeUpOtherSecret" }];
    const verdict = checkSignature(request, { principals, now });
    assert.equal(verdict.kind === "refused" && verdict.code, "SignatureDoesNotMatch");
    assert.equal(verdict.kind === "refused" && verdict.accessKeyId, principal.accessKeyId);
  });
}

const byDave = (signing: Partial<Signing> = {}) => presigned(dave, { date: DATE, ...signing });
const byHeader = (signing: Partial<Signing> = {}) => headerSigned(dave, { date: DATE, ...signing });

/** The same request with its `Authorization` rewritten. */
function withAuthorization(request: ReceivedRequest, pattern: RegExp, replacement: string): ReceivedRequest {
  const before = request.headers.get("authorization")!;
  const after = before.replace(pattern, replacement);
  assert.notEqual(after, before);
  return withHeaders(request, { authorization: after });
}

function withHeaders(request: ReceivedRequest, added: Readonly<Record<string, string>>): ReceivedRequest {
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(added)) headers.set(name, value);
  return { ...request, headers };
}

/** The same request with its query rewritten. */
function withQuery(request: ReceivedRequest, pattern: RegExp, replacement: string): ReceivedRequest {
  const query = request.query.replace(pattern, replacement);
  assert.notEqual(query, request.query);
  return { ...request, query };
}

/** A request signed for a host in a region. */
const at = (host: string, region: string) => byDave({ host, scope: `${DAY}/${region}/sts/aws4_request` });

for (
  const [what, request] of [
    ["exactly 15 minutes old", byDave({ date: "20261122T114500Z" })],
    ["from a clock 15 minutes ahead", byDave({ date: "20261122T121500Z" })],
    ["by POST", byDave({ method: "POST" })],
    ["of temporary keys", presigned(clusterAdmin, { date: DATE })],
    ["of temporary keys, signed in a header", headerSigned(federated, { date: DATE })],
    ["that says it is good for a week", byDave({ query: { "X-Amz-Expires": "604800" } })],
    ["that says it is good for no time", byDave({ query: { "X-Amz-Expires": undefined } })],
    ["with a parameter that no action knows", byDave({ query: { "Ünknown (name)*": "a b+c/~'!" } })],
    ["with names that differ by case", byDave({ query: { action: "x", "x-amz-algorithm": "y" } })],
    ["with more signed headers", byDave({ headers: { "x-k8s-aws-id": "c1", "user-agent": "x" } })],
    ["with headers that need no signature", withHeaders(byDave(), { "x-k8s-aws-id": "c1", accept: "x" })],
    ["with lower-case hex digits", withQuery(byDave(), /%2F/, "%2f")],
    ["with needless encoding", withQuery(byDave(), /Action/, "%41ction")],
    ["signed in a header", byHeader()],
    ["signed in a header without spaces", withAuthorization(byHeader(), /, (.*), /, ",$1,")],
    [
      "with white space in a signed header",
      withHeaders(byHeader({ headers: { "x-k8s-aws-id": "a b" } }), { "x-k8s-aws-id": " a   b " }),
    ],
    ["with a signed body", byHeader({ method: "POST", body: "foo" })],
    [
      "with the hash of its body",
      byHeader({
        method: "POST",
        body: "foo",
        headers: { "x-amz-content-sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" },
      }),
    ],
    ["for a host with a port", at("127.0.0.1:8443", "eu-central-1")],
    ["for a region's host", at("sts.us-gov-west-1.amazonaws.com", "us-gov-west-1")],
    ["for a host of another partition", at("sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1")],
  ] as const
) {
  Deno.test(`checkSignature() accepts a request ${what}`, () => {
    assert.deepEqual(checkSignature(request, JUDGE).kind, "accepted");
  });
}

const REFUSALS: readonly (readonly [why: string, code: StsErrorCode, request: ReceivedRequest])[] = [
  ["no signature", "MissingAuthenticationToken", { ...byHeader(), headers: new Headers({ host: "x" }) }],
  ["two signatures", "IncompleteSignature", withHeaders(byDave(), { authorization: "AWS4-HMAC-SHA256 x" })],
  [
    "a signature in a header beside the start of one in the query",
    "IncompleteSignature",
    byHeader({ query: { "X-Amz-Algorithm": "AWS4-HMAC-SHA256" } }),
  ],
  ["a broken query", "MalformedQueryString", withQuery(byDave(), /$/, "&a=%gh")],
  ["a parameter twice", "MalformedQueryString", withQuery(byDave(), /$/, "&Action=GetCallerIdentity")],
  ["a parameter twice in two spellings", "MalformedQueryString", withQuery(byDave(), /$/, "&%41ction=x")],
  ["a plus sign", "MalformedQueryString", withQuery(byDave(), /$/, "&a=b+c")],
  ["a character that is not ASCII", "MalformedQueryString", withQuery(byDave(), /$/, "&a=é")],
  ["half a surrogate pair", "MalformedQueryString", withQuery(byDave(), /$/, "&a=\ud800")],
  ["an empty pair", "MalformedQueryString", withQuery(byDave(), /$/, "&")],

  ["another algorithm", "IncompleteSignature", byDave({ query: { "X-Amz-Algorithm": "AWS4-ECDSA-P256-SHA256" } })],
  ["an algorithm in another case", "IncompleteSignature", byDave({ query: { "X-Amz-Algorithm": "aws4-hmac-sha256" } })],
  ["a life that is no number", "IncompleteSignature", byDave({ query: { "X-Amz-Expires": "1m" } })],
  ["no credential", "IncompleteSignature", byDave({ query: { "X-Amz-Credential": undefined } })],
  ["a credential of four parts", "IncompleteSignature", byDave({ scope: `${DAY}/us-east-1/sts` })],
  ["a credential of six parts", "IncompleteSignature", byDave({ scope: `${DAY}/us-east-1/sts/aws4_request/` })],
  ["no date", "IncompleteSignature", byDave({ query: { "X-Amz-Date": undefined } })],
  ["no signed headers", "IncompleteSignature", byDave({ query: { "X-Amz-SignedHeaders": undefined } })],
  ["no signature in the query", "IncompleteSignature", withQuery(byDave(), /&X-Amz-Signature=\w*/, "")],
  ["a short signature", "IncompleteSignature", withQuery(byDave(), /(Signature=\w*)\w/, "$1")],
  ["a signature in upper case", "IncompleteSignature", withQuery(byDave(), /(Signature=)\w*/, `$1${"A".repeat(64)}`)],
  ["no parts in the header", "IncompleteSignature", withAuthorization(byHeader(), / .*/, "")],
  ["parts in another order", "IncompleteSignature", withAuthorization(byHeader(), /( Cr.*), (Sig.*)/, " $2,$1")],
  ["two credentials", "IncompleteSignature", withAuthorization(byHeader(), /( Cr.*?), /, "$1,$1, ")],
  ["text after the signature", "IncompleteSignature", withAuthorization(byHeader(), /$/, ",x")],
  ["no date in a header", "IncompleteSignature", byHeader({ headers: { "x-amz-date": undefined, date: DATE } })],

  ["the host left unsigned", "IncompleteSignature", byDave({ headers: { "x-a": "b" }, names: ["x-a"] })],
  ["header names out of order", "IncompleteSignature", byDave({ headers: { a: "b" }, names: ["host", "a"] })],
  ["a header name twice", "IncompleteSignature", byDave({ names: ["host", "host"] })],
  ["a header name in upper case", "IncompleteSignature", byDave({ names: ["Host"] })],
  ["a signed header that was not sent", "IncompleteSignature", byDave({ names: ["host", "x-k8s-aws-id"] })],
  ["an x-amz header that is not signed", "IncompleteSignature", withHeaders(byDave(), { "x-amz-target": "x" })],
  ["a content type that is not signed", "IncompleteSignature", withHeaders(byHeader(), { "content-type": "x" })],
  ["the date left unsigned", "IncompleteSignature", byHeader({ names: ["host"] })],

  ["a date that does not exist", "IncompleteSignature", byDave({ date: "20260230T120000Z" })],
  ["hour 24", "IncompleteSignature", byDave({ date: "20261121T240000Z" })],
  ["a date in another form", "IncompleteSignature", byDave({ date: "2026-11-22T12:00:00Z" })],
  ["a date with an offset", "IncompleteSignature", byDave({ date: "20261122T120000+0000" })],
  ["a date 15 minutes and a second old", "SignatureDoesNotMatch", byDave({ date: "20261122T114459Z" })],
  ["a date too far ahead", "SignatureDoesNotMatch", byDave({ date: "20261122T121501Z" })],
  ["a scope of another day", "SignatureDoesNotMatch", byDave({ scope: "20261121/us-east-1/sts/aws4_request" })],
  ["a scope of no region", "SignatureDoesNotMatch", at("127.0.0.1:8443", "aws-global")],
  ["a scope of an empty region", "SignatureDoesNotMatch", at("127.0.0.1:8443", "")],
  ["another region than the host's", "SignatureDoesNotMatch", at("sts.us-west-2.amazonaws.com", "us-east-1")],
  ["another region than the FIPS host's", "SignatureDoesNotMatch", at("sts-fips.us-east-2.amazonaws.com", "us-east-1")],
  ["another region than the global host's", "SignatureDoesNotMatch", at("sts.amazonaws.com", "us-west-2")],
  ["another region than the host's, with a port", "SignatureDoesNotMatch", at("STS.amazonaws.com:443", "us-west-2")],
  ["another service", "SignatureDoesNotMatch", byDave({ scope: `${DAY}/us-east-1/iam/aws4_request` })],
  ["another end of the scope", "SignatureDoesNotMatch", byDave({ scope: `${DAY}/us-east-1/sts/aws5_request` })],

  [
    "an unknown key",
    "InvalidClientTokenId",
    presigned({ ...dave, accessKeyId: "AKIAMADEUPNOBODY0001" }, { date: DATE }),
  ],
  ["a key in another case", "InvalidClientTokenId", withQuery(byDave(), /AKIA/, "akia")],
  [
    "temporary keys without their security token",
    "InvalidClientTokenId",
    presigned(clusterAdmin, { date: DATE, query: { "X-Amz-Security-Token": undefined } }),
  ],
  [
    "temporary keys with another's security token",
    "InvalidClientTokenId",
    presigned({ ...clusterAdmin, securityToken: federated.securityToken }, { date: DATE }),
  ],
  [
    "a user's key with a security token",
    "InvalidClientTokenId",
    headerSigned({ ...dave, securityToken: clusterAdmin.securityToken }, { date: DATE }),
  ],

  ["another secret", "SignatureDoesNotMatch", presigned({ ...dave, accessKeySecret: "MadeUpOther" }, { date: DATE })],
  ["another key's name", "SignatureDoesNotMatch", withQuery(byDave(), /AKIAIOSFODNN7EXAMPLE/, "AKIAMADEUPERIN000001")],
  ["another method", "SignatureDoesNotMatch", { ...byDave(), method: "POST" }],
  ["another path", "SignatureDoesNotMatch", { ...byDave(), path: "/x" }],
  ["another action", "SignatureDoesNotMatch", withQuery(byDave(), /GetCallerIdentity/, "AssumeRole")],
  ["one more parameter", "SignatureDoesNotMatch", withQuery(byDave(), /$/, "&a=")],
  ["another host", "SignatureDoesNotMatch", withHeaders(byDave(), { host: "127.0.0.1" })],
  [
    "another cluster",
    "SignatureDoesNotMatch",
    withHeaders(byDave({ headers: { "x-k8s-aws-id": "c1" } }), { "x-k8s-aws-id": "c2" }),
  ],
  ["a signed header sent twice", "SignatureDoesNotMatch", withHeaders(byDave(), { host: "sts.amazonaws.com, x" })],
  ["a body that was not signed", "SignatureDoesNotMatch", { ...byDave(), body: new Uint8Array(1) }],
  [
    "a body left out of the hash",
    "SignatureDoesNotMatch",
    byHeader({ headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }),
  ],
];

for (const [why, code, request] of REFUSALS) {
  Deno.test(`checkSignature() of AWS refuses ${why}: ${code}`, () => {
    const verdict = checkSignature(request, JUDGE);
    assert.equal(verdict.kind === "refused" ? verdict.code : verdict.kind, code);
  });
}

for (
  const [what, request, message] of [
    [
      "an old signature",
      byDave({ date: "20261122T110000Z" }),
      "Signature expired: 20261122T110000Z is now earlier than 20261122T114500Z (20261122T120000Z - 15 min.)",
    ],
    [
      "an early signature",
      byDave({ date: "20261122T130000Z" }),
      "Signature not yet current: 20261122T130000Z is still later than 20261122T121500Z (20261122T120000Z + 15 min.)",
    ],
    [
      "a wrong region",
      at("sts.us-west-2.amazonaws.com", "us-east-1"),
      "Credential should be scoped to a valid region, not 'us-east-1'. ",
    ],
    ["an unknown key", withQuery(byDave(), /AKIA/, "AKIB"), "The security token included in the request is invalid."],
  ] as const
) {
  Deno.test(`checkSignature() names ${what} in the vendor's words`, () => {
    const verdict = checkSignature(request, JUDGE);
    assert.equal(verdict.kind === "refused" && verdict.message, message);
  });
}

Deno.test("checkSignature() refuses keys from the second of their end", () => {
  const expiration = new Date("2026-11-22T12:05:00Z");
  const principals = [{ ...clusterAdmin, expiration }];
  const request = presigned(clusterAdmin, { date: DATE });
  const before = checkSignature(request, { principals, now: new Date(expiration.getTime() - 1) });
  assert.equal(before.kind, "accepted");
  const after = checkSignature(request, { principals, now: expiration });
  assert.equal(after.kind === "refused" && after.code, "ExpiredToken");
  const forged = presigned({ ...clusterAdmin, accessKeySecret: "MadeUpOther" }, { date: DATE });
  const verdict = checkSignature(forged, { principals, now: expiration });
  assert.equal(verdict.kind === "refused" && verdict.code, "SignatureDoesNotMatch");
});
