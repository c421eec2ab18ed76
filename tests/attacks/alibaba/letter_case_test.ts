import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { type DenyRow, testDenied } from "./deny.ts";
import { authorized, changed, rewritten } from "./spoil.ts";

const { bob } = DEMO_PRINCIPALS;

/** A member and its twin in another case, whichever stands first; `value` is the twin's, as JSON. */
function twins(key: string, value: string): DenyRow[] {
  const cases = [key.toLowerCase(), key.toUpperCase(), key[0]!.toUpperCase() + key.slice(1)];
  return [...new Set(cases)].filter((twin) => twin !== key).flatMap((twin) => [
    rewritten(`${twin} before ${key}`, (text) => text.replace(`"${key}":`, `"${twin}":${value},"${key}":`)),
    rewritten(
      `${twin} behind ${key}`,
      (text) => text.replace(new RegExp(`"${key}":("[^"]*"|\\{[^{}]*\\})`), (member) => `${member},"${twin}":${value}`),
    ),
  ]);
}

testDenied("S-1: a member and its twin in another letter case are denied, in either order", [
  ...twins("clusterId", '"c-other"'),
  ...twins("method", '"GET"'),
  ...twins("path", '"/other"'),
  ...twins("query", "{}"),
  ...twins("headers", "{}"),
  ...twins("ACKClusterId", '"c-other"'),
  ...twins("user-agent", '"made up"'),
  ...twins("x-acs-content-sha256", `"${"ab".repeat(32)}"`),
  ...twins("x-acs-date", '"2026-11-22T12:00:00Z"'),
  ...twins("x-acs-version", '"2014-05-26"'),
  changed("a security token and its twin", ({ headers }) => {
    headers["x-acs-security-token"] = "CAISMadeUp";
    headers["X-Acs-Security-Token"] = "CAISMadeUpOther";
  }),
]);

testDenied("T-01: two actions that differ in letter case are denied", [
  ...twins("x-acs-action", '"AssumeRole"'),
  ...twins("x-acs-action", '"GetCallerIdentity"'),
  changed("two actions in the query", ({ query }) => {
    query["Action"] = "AssumeRole";
    query["action"] = "GetCallerIdentity";
  }),
  changed("the action in the query, in the header's words", ({ query }) => {
    query["X-Acs-Action"] = "AssumeRole";
  }),
]);

testDenied("T-02: two lists of signed headers that differ in letter case are denied", [
  authorized("a short list first", (text) => text.replace("SignedHeaders=", "signedheaders=x-acs-date,SignedHeaders=")),
  authorized("a short list last", (text) => `${text},signedheaders=x-acs-date`),
  authorized(
    "a short list first, under its real name",
    (text) => text.replace(/SignedHeaders=([^,]+)/, "SignedHeaders=x-acs-date,signedheaders=$1"),
  ),
  authorized("a name and its twin in the list", (text) => text.replace("x-acs-action;", "x-acs-action;X-Acs-Action;")),
  authorized("a twin first in the list", (text) => text.replace("x-acs-action;", "X-Acs-Action;x-acs-action;")),
]);

testDenied("T-03: two credentials that differ in letter case are denied", [
  authorized(
    "the attacker's first",
    (text) => text.replace("Credential=", `credential=${bob.accessKeyId},Credential=`),
  ),
  authorized("the attacker's last", (text) => `${text},credential=${bob.accessKeyId}`),
  authorized(
    "the attacker's under the real name",
    (text) => text.replace(/Credential=([^,]+)/, `Credential=${bob.accessKeyId},CREDENTIAL=$1`),
  ),
  ...twins("Authorization", '"ACS3-HMAC-SHA256 Credential=LTAI5tMadeUpDemoBob002,SignedHeaders=x-acs-date"'),
  changed("an access key id in the query", ({ query }) => {
    query["AccessKeyId"] = bob.accessKeyId;
  }),
  changed("two access key ids in the query", ({ query }) => {
    query["AccessKeyId"] = bob.accessKeyId;
    query["accesskeyid"] = bob.accessKeyId;
  }),
]);
