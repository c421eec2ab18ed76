import assert from "node:assert/strict";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import { checkSignature } from "../../../lib/emulator/alibaba/check_signature.ts";
import { type AlibabaPrincipal, DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import type { StsErrorCode } from "../../../lib/emulator/alibaba/errors.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };
import { EMPTY_BODY_SHA256, signedHeaders, type SignOptions } from "./independent_signer.ts";

const { alice, kubernetesAdmin, viewer } = DEMO_PRINCIPALS;
const NOW = new Date("2026-11-22T12:00:00Z");
const JUDGE = { principals: Object.values(DEMO_PRINCIPALS), now: NOW };

/** A request of `signer` that the judge accepts, but for what `change` changes in it after it was signed. */
function requestBy(
  signer: Omit<AlibabaPrincipal, "identity">,
  { change, ...sign }: Partial<SignOptions> & { readonly change?: Partial<ReceivedRequest> } = {},
): ReceivedRequest {
  const query = { ACKClusterId: "c1" };
  const headers = new Headers(signedHeaders(signer, { date: "2026-11-22T12:00:00Z", query, ...sign }));
  return { method: "POST", path: "/", query: "ACKClusterId=c1", headers, body: new Uint8Array(), ...change };
}

/** The same request with headers set, or taken away where the value is `undefined`. */
function withHeaders(request: ReceivedRequest, changes: Readonly<Record<string, string | undefined>>): ReceivedRequest {
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return { ...request, headers };
}

/** The same request with its `Authorization` rewritten. */
function withAuthorization(request: ReceivedRequest, pattern: RegExp, replacement: string): ReceivedRequest {
  const before = request.headers.get("authorization")!;
  const after = before.replace(pattern, replacement);
  assert.notEqual(after, before);
  return withHeaders(request, { authorization: after });
}

for (const vector of vectors) {
  const principal: AlibabaPrincipal = {
    accessKeyId: vector.accessKeyId,
    accessKeySecret: vector.accessKeySecret,
    ...(vector.securityToken && { securityToken: vector.securityToken }),
    identity: alice.identity,
  };
  const request: ReceivedRequest = {
    method: vector.decoded.method,
    path: vector.decoded.path,
    query: `ACKClusterId=${encodeURIComponent(vector.clusterId)}`,
    headers: new Headers(vector.decoded.headers as unknown as Record<string, string>),
    body: new Uint8Array(),
  };

  Deno.test(`checkSignature() accepts ack-ram-tool's request: ${vector.name}`, () => {
    const verdict = checkSignature(request, { principals: [principal], now: new Date(vector.date) });
    assert.deepEqual(verdict, { kind: "accepted", principal });
  });

  Deno.test(`checkSignature() refuses ack-ram-tool's request with another secret: ${vector.name}`, () => {
    const principals = [{ ...principal, accessKeySecret: "MadeUpOtherSecret" }];
    const verdict = checkSignature(request, { principals, now: new Date(vector.date) });
    assert.deepEqual(verdict, {
      kind: "refused",
      code: "SignatureDoesNotMatch",
      accessKeyId: principal.accessKeyId,
    });
  });
}

for (const [name, principal] of Object.entries(DEMO_PRINCIPALS)) {
  Deno.test(`checkSignature() accepts what the vendor's package signs for ${name}`, () => {
    assert.deepEqual(checkSignature(requestBy(principal), JUDGE), { kind: "accepted", principal });
  });
}

for (
  const [what, request] of [
    ["exactly 15 minutes old", requestBy(alice, { date: "2026-11-22T11:45:00Z" })],
    ["from a clock 15 minutes ahead", requestBy(alice, { date: "2026-11-22T12:15:00Z" })],
    ["by GET", requestBy(alice, { method: "GET", change: { method: "GET" } })],
    ["with a signed host and content type", requestBy(alice, { headers: { host: "h", "content-type": "text/x" } })],
    ["with headers that need no signature", withHeaders(requestBy(alice), { "user-agent": "x", accept: "y" })],
    ["with a signed nonce", requestBy(alice, { headers: { "x-acs-signature-nonce": "1" } })],
  ] as const
) {
  Deno.test(`checkSignature() accepts a request ${what}`, () => {
    assert.equal(checkSignature(request, JUDGE).kind, "accepted");
  });
}

const byAlice = requestBy(alice);
const REFUSALS: readonly (readonly [why: string, code: StsErrorCode, request: ReceivedRequest])[] = [
  ["no Authorization", "MissingAccessKeyId", withHeaders(byAlice, { authorization: undefined })],
  ["an empty Authorization", "IncompleteSignature", withHeaders(byAlice, { authorization: "" })],
  ["another algorithm", "IncompleteSignature", withAuthorization(byAlice, /ACS3-HMAC-SHA256/, "ACS3-HMAC-SM3")],
  ["a space after the comma", "IncompleteSignature", withAuthorization(byAlice, /,/, ", ")],
  ["two Credential", "IncompleteSignature", withAuthorization(byAlice, /,/, ",Credential=LTAI5tMadeUp,")],
  ["two Authorization", "IncompleteSignature", withAuthorization(byAlice, /^(.*)$/, "$1, $1")],
  ["no Signature", "IncompleteSignature", withAuthorization(byAlice, /,Signature=.*/, "")],
  ["a short signature", "IncompleteSignature", withAuthorization(byAlice, /.$/, "")],
  ["a signature in upper case", "IncompleteSignature", withAuthorization(byAlice, /\w{64}$/, "A".repeat(64))],
  ["text after the signature", "IncompleteSignature", withAuthorization(byAlice, /$/, ",x")],
  ["header names in upper case", "IncompleteSignature", withAuthorization(byAlice, /x-acs-date/, "X-Acs-Date")],
  ["header names out of order", "IncompleteSignature", withAuthorization(byAlice, /(x-acs-date);([\w-]+)/, "$2;$1")],
  ["a header name twice", "IncompleteSignature", withAuthorization(byAlice, /(x-acs-date);/, "$1;$1;")],
  ["a signed header that was not sent", "IncompleteSignature", withAuthorization(byAlice, /=x-acs/, "=host;x-acs")],
  [
    "a signed header of another kind",
    "IncompleteSignature",
    withAuthorization(withHeaders(byAlice, { accept: "x" }), /=x-acs/, "=accept;x-acs"),
  ],
  ["an x-acs header that is not signed", "IncompleteSignature", withHeaders(byAlice, { "x-acs-region-id": "x" })],
  ["the date left unsigned", "IncompleteSignature", withAuthorization(byAlice, /x-acs-date;/, "")],
  ["no date", "MissingTimestamp", requestBy(alice, { headers: { "x-acs-date": undefined } })],
  ["no body hash", "MissingContentSha256", requestBy(alice, { headers: { "x-acs-content-sha256": undefined } })],
  [
    "a date 15 minutes and a second old",
    "InvalidTimeStamp.Expired",
    requestBy(alice, { date: "2026-11-22T11:44:59Z" }),
  ],
  ["a date too far ahead", "InvalidTimeStamp.Expired", requestBy(alice, { date: "2026-11-22T12:15:01Z" })],
  ["a date that does not exist", "InvalidTimeStamp.Format", requestBy(alice, { date: "2026-02-30T12:00:00Z" })],
  ["a month that does not exist", "InvalidTimeStamp.Format", requestBy(alice, { date: "2026-13-01T12:00:00Z" })],
  ["hour 24", "InvalidTimeStamp.Format", requestBy(alice, { date: "2026-11-21T24:00:00Z" })],
  ["a date with milliseconds", "InvalidTimeStamp.Format", requestBy(alice, { date: "2026-11-22T12:00:00.000Z" })],
  ["a date with an offset", "InvalidTimeStamp.Format", requestBy(alice, { date: "2026-11-22T12:00:00+00:00" })],
  ["a date in another form", "InvalidTimeStamp.Format", requestBy(alice, { date: "20261122T120000Z" })],
  [
    "an unknown key",
    "InvalidAccessKeyId.NotFound",
    requestBy({ accessKeyId: "LTAI5tMadeUpNobody", accessKeySecret: "x" }),
  ],
  ["a key in another case", "InvalidAccessKeyId.NotFound", withAuthorization(byAlice, /LTAI5t/, "ltai5t")],
  [
    "a role's key without its security token",
    "MissingSecurityToken",
    requestBy(kubernetesAdmin, { headers: { "x-acs-security-token": undefined } }),
  ],
  [
    "a role's key with another role's security token",
    "InvalidSecurityToken.MismatchWithAccessKey",
    requestBy({ ...kubernetesAdmin, securityToken: viewer.securityToken }),
  ],
  [
    "a user's key with a role's security token",
    "InvalidSecurityToken.MismatchWithAccessKey",
    requestBy({ ...alice, securityToken: viewer.securityToken }),
  ],
  ["a malformed query", "InvalidParameter", requestBy(alice, { change: { query: "ACKClusterId=%gh" } })],
  ["a query key twice", "InvalidParameter", requestBy(alice, { change: { query: "ACKClusterId=c1&ACKClusterId=c1" } })],
  ["another secret", "SignatureDoesNotMatch", requestBy({ ...alice, accessKeySecret: "MadeUpOtherSecret" })],
  ["another key's name", "SignatureDoesNotMatch", withAuthorization(byAlice, /Alice1/, "Bob002")],
  ["another signature", "SignatureDoesNotMatch", withAuthorization(byAlice, /\w{64}$/, "0".repeat(64))],
  ["another method", "SignatureDoesNotMatch", requestBy(alice, { change: { method: "GET" } })],
  ["another path", "SignatureDoesNotMatch", requestBy(alice, { change: { path: "/x" } })],
  ["another cluster", "SignatureDoesNotMatch", requestBy(alice, { change: { query: "ACKClusterId=c2" } })],
  ["a cluster in another case", "SignatureDoesNotMatch", requestBy(alice, { change: { query: "ACKClusterId=C1" } })],
  ["a query key in another case", "SignatureDoesNotMatch", requestBy(alice, { change: { query: "ackclusterid=c1" } })],
  ["no query", "SignatureDoesNotMatch", requestBy(alice, { change: { query: "" } })],
  ["one more query key", "SignatureDoesNotMatch", requestBy(alice, { change: { query: "ACKClusterId=c1&a=" } })],
  ["another action", "SignatureDoesNotMatch", withHeaders(byAlice, { "x-acs-action": "AssumeRole" })],
  ["another date", "SignatureDoesNotMatch", withHeaders(byAlice, { "x-acs-date": "2026-11-22T12:00:01Z" })],
  ["a body that was not hashed", "SignatureDoesNotMatch", requestBy(alice, { change: { body: new Uint8Array(1) } })],
  [
    "a signed hash of another body",
    "SignatureDoesNotMatch",
    requestBy(alice, { headers: { "x-acs-content-sha256": "0".repeat(64) } }),
  ],
  [
    "a header that names another body than the one signed",
    "SignatureDoesNotMatch",
    requestBy(alice, { headers: { "x-acs-content-sha256": "0".repeat(64) }, payloadSha256: EMPTY_BODY_SHA256 }),
  ],
];

for (const [why, code, request] of REFUSALS) {
  Deno.test(`checkSignature() refuses ${why}: ${code}`, () => {
    const verdict = checkSignature(request, JUDGE);
    assert.equal(verdict.kind, "refused");
    assert.equal(verdict.kind === "refused" && verdict.code, code);
  });
}
