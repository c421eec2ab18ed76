import assert from "node:assert/strict";
import { canonicalQuery, canonicalRequest, signatureOf, stringToSign } from "../../../lib/emulator/alibaba/acs3.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };
import { EMPTY_BODY_SHA256 } from "./independent_signer.ts";

/** Written out by hand, and hashed with another language's library. */
const STEPS: Readonly<Record<string, { query: string; canonicalRequest: string; canonicalRequestSha256: string }>> = {
  "long-lived key": {
    query: "ACKClusterId=c0123456789abcdef0123456789abcdef",
    canonicalRequest: [
      "POST",
      "/",
      "ACKClusterId=c0123456789abcdef0123456789abcdef",
      "x-acs-action:GetCallerIdentity",
      `x-acs-content-sha256:${EMPTY_BODY_SHA256}`,
      "x-acs-date:2026-11-22T00:43:23Z",
      "x-acs-version:2015-04-01",
      "",
      "x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version",
      EMPTY_BODY_SHA256,
    ].join("\n"),
    canonicalRequestSha256: "2d71784036ccd2acce3eb53e0f3d575f7275f7f36731ea46a105c6020fcf014d",
  },
  "STS credentials": {
    query: "ACKClusterId=c1",
    canonicalRequest: [
      "POST",
      "/",
      "ACKClusterId=c1",
      "x-acs-action:GetCallerIdentity",
      `x-acs-content-sha256:${EMPTY_BODY_SHA256}`,
      "x-acs-date:2026-11-22T00:43:23Z",
      "x-acs-security-token:CAISmadeUp/security+token==.with~tail",
      "x-acs-version:2015-04-01",
      "",
      "x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-security-token;x-acs-version",
      EMPTY_BODY_SHA256,
    ].join("\n"),
    canonicalRequestSha256: "0f56668da1859db5178f5ae904d7d35519e51c7631ce81215bb7ec6f447adf7c",
  },
  "cluster id with signs": {
    query: "ACKClusterId=prod%2Feu%3Aone+two*~%C3%A9",
    canonicalRequest: [
      "POST",
      "/",
      "ACKClusterId=prod%2Feu%3Aone%20two%2A~%C3%A9",
      "x-acs-action:GetCallerIdentity",
      `x-acs-content-sha256:${EMPTY_BODY_SHA256}`,
      "x-acs-date:2026-11-22T00:43:23Z",
      "x-acs-version:2015-04-01",
      "",
      "x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version",
      EMPTY_BODY_SHA256,
    ].join("\n"),
    canonicalRequestSha256: "a7cfd18cba3befbbeaec80311fe01cf6ab85d32898eb6752295c3dba10013de7",
  },
};

Deno.test("every vector has its steps written out", () => {
  assert.deepEqual(vectors.map(({ name }) => name), Object.keys(STEPS));
});

for (const vector of vectors) {
  Deno.test(`the emulator computes the steps of ack-ram-tool's signature: ${vector.name}`, () => {
    const want = STEPS[vector.name]!;
    const headers = new Headers(vector.decoded.headers as unknown as Record<string, string>);
    const signedHeaders = [...headers.keys()].filter((name) => name.startsWith("x-acs-")).sort();
    const request = { method: "POST", path: "/", query: want.query, headers, body: new Uint8Array() };

    const canonical = canonicalRequest(request, { query: canonicalQuery(want.query)!, signedHeaders });
    assert.equal(canonical, want.canonicalRequest);
    const text = stringToSign(canonical);
    assert.equal(text, `ACS3-HMAC-SHA256\n${want.canonicalRequestSha256}`);
    assert.equal(signatureOf(text, vector.accessKeySecret), vector.signature);
  });
}

for (
  const [what, query, want] of [
    ["no query", "", ""],
    ["names in another order", "b=2&a=1", "a=1&b=2"],
    ["names in order of their characters, not of their codes", "a%3Ab=2&a-b=1", "a-b=1&a%3Ab=2"],
    ["names that differ by case", "a=2&A=1", "A=1&a=2"],
    ["needless encoding", "%41=%7e%2d", "A=~-"],
    ["lower-case hex digits", "a=%2f%3a", "a=%2F%3A"],
    ["a plus sign, which is a space", "a=1+2", "a=1%202"],
    ["an encoded plus sign", "a=1%2B2", "a=1%2B2"],
    ["what encodeURIComponent() leaves as it is", "a=!'()*", "a=%21%27%28%29%2A"],
    ["a semicolon, which separates nothing", "a=1;b=2", "a=1%3Bb%3D2"],
    ["a second equals sign", "a=b=c", "a=b%3Dc"],
    ["a name without a value", "a&b=", "a=&b="],
    ["letters of another script", "a=é", "a=%C3%A9"],
    ["an encoded line break", "a=%0A", "a=%0A"],
    ["double encoding, which is decoded once", "a=%2541", "a=%2541"],
  ]
) {
  Deno.test(`canonicalQuery() reads ${what}`, () => assert.equal(canonicalQuery(query!), want));
}

for (
  const [why, query] of [
    ["digits that are not hex", "a=%gh"],
    ["a lone percent sign", "a=%"],
    ["half an escape", "a=%4"],
    ["bytes that are not UTF-8", "a=%ff"],
    ["an overlong encoding", "a=%C0%AF"],
    ["an encoded surrogate", "a=%ED%A0%80"],
    ["a broken name", "%gh=1"],
    ["a name that stands twice", "a=1&a=1"],
    ["a name that stands twice in two spellings", "a=1&%61=2"],
    ["a value without a name", "=1"],
    ["an empty pair", "a=1&&b=2"],
    ["a trailing separator", "a=1&"],
  ]
) {
  Deno.test(`canonicalQuery() refuses ${why}`, () => assert.equal(canonicalQuery(query!), undefined));
}
