import assert from "node:assert/strict";
import { EMPTY_BODY_SHA256 } from "../../../lib/clouds/alibaba/acs3.ts";
import { authorization, formatToken, signedHeaders } from "../../../lib/clouds/alibaba/token.ts";
import { parseToken } from "../../../lib/clouds/alibaba/token_parser.ts";

const REQUEST = {
  clusterId: "c1",
  date: "2026-11-22T12:00:00Z",
  accessKeyId: "LTAI5tMadeUpKey",
  securityToken: undefined,
  signature: "0123456789abcdef".repeat(4),
};

for (const securityToken of [undefined, "CAISMadeUp"]) {
  Deno.test(`a token ${securityToken === undefined ? "without" : "with"} a security token is read as it was written`, () => {
    const request = { ...REQUEST, securityToken };
    assert.deepEqual(parseToken(formatToken(request, "a test")), request);
  });
}

Deno.test("a signature covers the fixed headers and the date, and a security token where there is one", () => {
  const fixed = {
    "x-acs-action": "GetCallerIdentity",
    "x-acs-content-sha256": EMPTY_BODY_SHA256,
    "x-acs-date": REQUEST.date,
    "x-acs-version": "2015-04-01",
  };
  assert.deepEqual(signedHeaders(REQUEST), fixed);
  const withToken = { ...REQUEST, securityToken: "CAISMadeUp" };
  assert.deepEqual(signedHeaders(withToken), { ...fixed, "x-acs-security-token": "CAISMadeUp" });
  assert.match(
    authorization(withToken),
    /,SignedHeaders=x-acs-action;[^,]*;x-acs-security-token;x-acs-version,Signature=/,
  );
});
