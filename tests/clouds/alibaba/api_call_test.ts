import assert from "node:assert/strict";
import { sign } from "../../../lib/clouds/alibaba/acs3.ts";
import { buildApiCall, errorFamily } from "../../../lib/clouds/alibaba/api_call.ts";
import { Secret } from "../../../lib/secret.ts";

const KEYS = { accessKeyId: "LTAI5tMadeUp", accessKeySecret: new Secret("MadeUpSecret"), source: "a test" };
const CALL = {
  method: "POST",
  path: "/",
  action: "AssumeRole",
  version: "2015-04-01",
  query: { RoleArn: "acs:ram::1:role/R", RoleSessionName: "a b" },
} as const;
const CONTEXT = { host: "sts.example.com:8443", now: new Date("2026-11-22T12:00:00.789Z") };

Deno.test("a call is signed over its query and headers, and goes to its host", async () => {
  const { url, method, headers } = await buildApiCall(CALL, KEYS, CONTEXT);
  assert.equal(url, "https://sts.example.com:8443/?RoleArn=acs%3Aram%3A%3A1%3Arole%2FR&RoleSessionName=a%20b");
  assert.equal(method, "POST");
  const signed = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-acs-")));
  assert.deepEqual([signed["x-acs-action"], signed["x-acs-date"]], ["AssumeRole", "2026-11-22T12:00:00Z"]);
  const signature = await sign({ method, path: "/", query: CALL.query, headers: signed }, KEYS.accessKeySecret);
  assert.equal(
    headers["authorization"],
    "ACS3-HMAC-SHA256 Credential=LTAI5tMadeUp,SignedHeaders=x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version," +
      `Signature=${signature}`,
  );
  assert(!JSON.stringify(headers).includes("MadeUpSecret"));
});

Deno.test("a security token is sent and signed, a host is signed and left to whoever sends", async () => {
  const keys = { ...KEYS, securityToken: new Secret("CAISMadeUp") };
  const { headers } = await buildApiCall({ ...CALL, headers: { host: "sts.example.com" } }, keys, CONTEXT);
  assert.equal(headers["x-acs-security-token"], "CAISMadeUp");
  assert.equal(headers["host"], undefined);
  assert.match(headers["authorization"]!, /SignedHeaders=host;x-acs-action;.*;x-acs-security-token;x-acs-version,/);
});

Deno.test("errorFamily() is the first part of a code", () => {
  assert.equal(errorFamily("InvalidAccessKeyId.NotFound"), "InvalidAccessKeyId");
  assert.equal(errorFamily("NoPermission"), "NoPermission");
  for (const code of [undefined, null, 7, ""]) assert.equal(errorFamily(code), "");
});
