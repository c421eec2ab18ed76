import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsPairs, awsUrl, encodeUrl } from "../../support/aws_tokens.ts";
import { changed, type DenyRow, rewritten, signed, testDenied, withPair } from "./deny.ts";

const { clusterAdmin } = DEMO_AWS_PRINCIPALS;

/** The parameters that every token has. */
const NAMES = [
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
];
const SECURITY_TOKEN = "X-Amz-Security-Token";

/** The admin's token, with its parameters changed after they were signed. */
function changedSts(what: string, change: (pairs: readonly string[]) => readonly string[]): DenyRow {
  return [what, "malformed", ({ options, stsPairs }) => encodeUrl(awsUrl(options.host, change(stsPairs)))];
}

function pairOf(pairs: readonly string[], name: string): string {
  return pairs.find((pair) => pair.startsWith(`${name}=`))!;
}

testDenied("T-04: a parameter that stands twice is denied", [
  ...[...NAMES, SECURITY_TOKEN].flatMap((name) => [
    changedSts(`${name} twice, at the end`, (pairs) => [...pairs, pairOf(pairs, name)]),
    changedSts(
      `${name} twice, side by side`,
      (pairs) => withPair(pairs, name, pairOf(pairs, name), pairOf(pairs, name)),
    ),
    changedSts(`${name} with another value in front`, (pairs) => [`${name}=x`, ...pairs]),
    changedSts(`${name} with another value behind`, (pairs) => [...pairs, `${name}=x`]),
    changedSts(`${name} without a value in front`, (pairs) => [`${name}=`, ...pairs]),
  ]),
]);

testDenied("T-04: a parameter without a value, or without itself, is denied", [
  ...[...NAMES, SECURITY_TOKEN].flatMap((name) => [
    changedSts(`${name} with an empty value`, (pairs) => withPair(pairs, name, `${name}=`)),
    changedSts(`${name} without an equals sign`, (pairs) => withPair(pairs, name, name)),
    changedSts(
      `${name} with two equals signs`,
      (pairs) => withPair(pairs, name, pairOf(pairs, name).replace("=", "==")),
    ),
    changedSts(`${name} without its name`, (pairs) => withPair(pairs, name, pairOf(pairs, name).slice(name.length))),
  ]),
  ...NAMES.map((name) => changed(`no ${name}`, (pairs) => withPair(pairs, name))),
  signed("an empty security token, signed", { query: { [SECURITY_TOKEN]: "" } }),
  changed("an ampersand in front", (pairs) => ["", ...pairs]),
  changed("an ampersand behind", (pairs) => [...pairs, ""]),
  changed("two ampersands", (pairs) => [...pairs.slice(0, 3), "", ...pairs.slice(3)]),
  changed("an equals sign alone", (pairs) => [...pairs, "="]),
  changed("no parameter", () => []),
]);

testDenied("T-04: a parameter that no client writes is denied, however well it is signed", [
  ...[
    ["RoleArn", "arn:aws:iam::123456789012:role/ClusterAdmin"],
    ["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"],
    ["X-Amz-Target", "AssumeRole"],
    ["x-k8s-aws-id", "c-other"],
    ["Operation", "AssumeRole"],
    ["accept", "text/xml"],
    ["callback", "alert"],
    ["__proto__", "x"],
    ["constructor", "x"],
    ["a b", "x"],
    ["", "x"],
  ].map(([name, value]) => signed(`${JSON.stringify(name)}`, { query: { [name!]: value } })),
]);

testDenied("S-3: another action, version or algorithm is denied, however well it is signed", [
  ...["AssumeRole", "GetSessionToken", "getcalleridentity", "GetCallerIdentity ", "GetCallerIdentity,AssumeRole"]
    .map((Action) => signed(`the action ${JSON.stringify(Action)}`, { query: { Action } })),
  ...["2011-06-14", "2011-06-15 ", "2010-05-08"].map((Version) =>
    signed(`the version ${Version}`, { query: { Version } })
  ),
  ...["AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", "AWS4-HMAC-SHA256 ", "AWS3"].map((algorithm) =>
    signed(`the algorithm ${algorithm}`, { query: { "X-Amz-Algorithm": algorithm } })
  ),
]);

const encoded = (text: string) =>
  Array.from(text, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`).join("");

testDenied("T-05: another encoding of the same text is denied, though its signature holds", [
  ...[...NAMES, SECURITY_TOKEN].flatMap((name) => [
    changedSts(
      `the first letter of ${name} encoded`,
      (pairs) => withPair(pairs, name, encoded(name[0]!) + pairOf(pairs, name).slice(1)),
    ),
    changedSts(
      `all of ${name} encoded`,
      (pairs) => withPair(pairs, name, encoded(name) + pairOf(pairs, name).slice(name.length)),
    ),
    changedSts(`a letter of the value of ${name} encoded`, (pairs) => {
      const pair = pairOf(pairs, name);
      return withPair(pairs, name, pair.slice(0, -1) + encoded(pair.at(-1)!));
    }),
    changedSts(
      `the equals sign of ${name} encoded`,
      (pairs) => withPair(pairs, name, pairOf(pairs, name).replace("=", "%3D")),
    ),
  ]),
  changed("a slash of the credential as it is", (pairs) => pairs.map((pair) => pair.replace("%2F", "/"))),
  changed("lower-case hex digits", (pairs) => pairs.map((pair) => pair.replaceAll("%2F", "%2f"))),
  changed("a semicolon as it is", (pairs) => pairs.map((pair) => pair.replace("%3B", ";"))),
  changedSts("an equals sign of the security token as it is", (pairs) => pairs.map((pair) => pair.replace("%3D", "="))),
  changedSts("a plus sign of the security token as it is", (pairs) => pairs.map((pair) => pair.replace("%2B", "+"))),
]);

testDenied("T-05: text with several readings is denied", [
  ...NAMES.slice(3).flatMap((name) => [
    ...["%gh", "%", "%4", "%u0041", "%00", "%0A", "%0D%0A", "%C0%AF", "%FF", "%C3%A9", "+", ";", "'", '"', "<", "\\"]
      .map((text) => changed(`${text} behind ${name}`, (pairs) => withPair(pairs, name, pairOf(pairs, name) + text))),
  ]),
  changed("the credential encoded twice", (pairs) => pairs.map((pair) => pair.replaceAll("%2F", "%252F"))),
  changed("the signed headers encoded twice", (pairs) => pairs.map((pair) => pair.replace("%3B", "%253B"))),
  rewritten("semicolons for ampersands", (url) => url.replaceAll("&", ";")),
  rewritten("a semicolon for one ampersand", (url) => url.replace("&Version", ";Version")),
  rewritten("an encoded ampersand", (url) => url.replace("&Version", "%26Version")),
  rewritten("an HTML ampersand", (url) => url.replace("&Version", "&amp;Version")),
  rewritten("a pair behind a semicolon", (url) => url.replace("&Version", ";Action=AssumeRole&Version")),
  rewritten("a second question mark", (url) => url.replace("&Version", "?Version")),
  signed("a plus sign for a space in a signed value", { query: { "X-Amz-Algorithm": "AWS4-HMAC-SHA256+" } }),
  [
    "a security token with a space, signed",
    "malformed",
    ({ options }) =>
      encodeUrl(awsUrl(options.host, awsPairs(clusterAdmin, options, { query: { [SECURITY_TOKEN]: "FwoG MadeUp" } }))),
  ],
  [
    "a security token with a line break, signed",
    "malformed",
    ({ options }) =>
      encodeUrl(awsUrl(options.host, awsPairs(clusterAdmin, options, { query: { [SECURITY_TOKEN]: "FwoG\r\nx: y" } }))),
  ],
  [
    "a security token with a letter beyond ASCII, signed",
    "malformed",
    ({ options }) =>
      encodeUrl(awsUrl(options.host, awsPairs(clusterAdmin, options, { query: { [SECURITY_TOKEN]: "FwoGé" } }))),
  ],
]);
