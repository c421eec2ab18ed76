import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { encodeToken, tokenJson } from "../../support/tokens.ts";
import { type DenyRow, testDenied } from "./deny.ts";
import { authorized, changed, rewritten, signed } from "./spoil.ts";

const { alice, bob } = DEMO_PRINCIPALS;

/** The admin's token with another security token than was signed. */
function securityToken(what: string, change: (text: string) => string): DenyRow {
  return [what, "malformed", ({ stsJson }) => {
    const { headers } = stsJson;
    headers["x-acs-security-token"] = change(String(headers["x-acs-security-token"]));
    return encodeToken(stsJson);
  }];
}

testDenied("T-15: keys that are not exactly the client's are denied", [
  changed("the query in other case", (json) => {
    json["Query"] = json.query;
  }),
  changed("the method in other case", (json) => {
    json["METHOD"] = "GET";
  }),
  changed("the id in other case", (json, { server }) => {
    json.query["ackclusterid"] = server.clusterId;
  }),
  changed("the authorization in other case", ({ headers }) => {
    headers["authorization"] = headers["Authorization"];
  }),
  changed("the authorization in lower case alone", ({ headers }) => {
    headers["authorization"] = headers["Authorization"];
    delete headers["Authorization"];
  }),
  changed("the action in other case", ({ headers }) => {
    headers["X-Acs-Action"] = "AssumeRole";
  }),
  changed("a key with a space behind", ({ headers }) => {
    headers["x-acs-action "] = "AssumeRole";
  }),
  changed("a member that no client writes", (json) => {
    json["body"] = "Action=AssumeRole";
  }),
  changed("a parameter that no client writes", ({ query }) => {
    query["Action"] = "AssumeRole";
  }),
  changed("a header that no client writes", ({ headers }) => {
    headers["x-forwarded-host"] = "sts.example";
  }),
]);

testDenied("T-15: another action, version or body is denied, however well it is signed", [
  changed("the action in the query", ({ query }) => {
    query["x-acs-action"] = "GetCallerIdentity";
  }),
  signed("a signed action in the query", { query: { ACKClusterId: "c1", "x-acs-action": "AssumeRole" } }),
  signed("another action", { headers: { "x-acs-action": "AssumeRole" } }),
  signed("the action in lower case", { headers: { "x-acs-action": "getcalleridentity" } }),
  signed("no action", { headers: { "x-acs-action": undefined } }),
  signed("an older version", { headers: { "x-acs-version": "2014-05-26" } }),
  signed("no version", { headers: { "x-acs-version": undefined } }),
  signed("the hash of a body", { headers: { "x-acs-content-sha256": "ab".repeat(32) } }),
  signed("no hash", { headers: { "x-acs-content-sha256": undefined } }),
  signed("GET", { method: "GET" }),
  signed("a nonce", { headers: { "x-acs-signature-nonce": "1" } }),
  signed("a region", { headers: { "x-acs-region-id": "cn-hangzhou" } }),
  changed("the method in lower case", (json) => {
    json.method = "post";
  }),
  changed("a method with a line break", (json) => {
    json.method = "POST / HTTP/1.1\r\nx-acs-action: AssumeRole\r\n\r\nPOST";
  }),
]);

testDenied("T-15: a signature that does not cover what is sent is denied", [
  ...["x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"].map((name) =>
    authorized(`${name} is sent, not covered`, (text) => text.replace(new RegExp(`${name};?`), ""))
  ),
  ["a security token is sent, not covered", "malformed", ({ stsJson }) => {
    const { headers } = stsJson;
    headers["Authorization"] = String(headers["Authorization"]).replace("x-acs-security-token;", "");
    return encodeToken(stsJson);
  }],
  changed("a security token is added", ({ headers }) => {
    headers["x-acs-security-token"] = "CAISMadeUp";
  }),
  ["a security token is covered, not sent", "malformed", ({ stsJson }) => {
    delete stsJson.headers["x-acs-security-token"];
    return encodeToken(stsJson);
  }],
  authorized("nothing is covered", (text) => text.replace(/SignedHeaders=[^,]+/, "SignedHeaders=")),
  authorized("a host is covered", (text) => text.replace("SignedHeaders=", "SignedHeaders=host;")),
  authorized(
    "names in another order",
    (text) => text.replace("x-acs-action;x-acs-content-sha256", "x-acs-content-sha256;x-acs-action"),
  ),
  authorized("a name twice", (text) => text.replace("x-acs-action;", "x-acs-action;x-acs-action;")),
  authorized("names in upper case", (text) => text.replace("x-acs-action", "X-Acs-Action")),
  authorized("names with a space", (text) => text.replace("x-acs-action;", "x-acs-action; ")),
  authorized("a semicolon too many", (text) => text.replace("x-acs-version", "x-acs-version;")),
]);

testDenied("T-15: an authorization with two readings is denied", [
  authorized("two credentials", (text) => text.replace("Credential=", `Credential=${bob.accessKeyId},Credential=`)),
  authorized("a second credential at the end", (text) => `${text},Credential=${bob.accessKeyId}`),
  authorized("two signatures", (text) => `${text},Signature=${"ab".repeat(32)}`),
  authorized("two lists of names", (text) => `${text},SignedHeaders=host`),
  authorized("another order", (text) => text.replace(/(Credential=[^,]+),(SignedHeaders=[^,]+)/, "$2,$1")),
  authorized("a space behind a comma", (text) => text.replace(",Signature", ", Signature")),
  authorized("a space in front", (text) => ` ${text}`),
  authorized("a space behind", (text) => `${text} `),
  authorized("a tab", (text) => text.replace(" ", "\t")),
  authorized("another algorithm", (text) => text.replace("SHA256", "SM3")),
  authorized("the algorithm in lower case", (text) => text.replace("ACS3-HMAC-SHA256", "acs3-hmac-sha256")),
  authorized("two algorithms", (text) => `${text} ${text}`),
  authorized("an empty credential", (text) => text.replace(/Credential=[^,]+/, "Credential=")),
  authorized("a credential with a slash", (text) => text.replace("Credential=", "Credential=a/")),
  authorized(
    "a credential of 129 characters",
    (text) => text.replace(/Credential=[^,]+/, `Credential=${"a".repeat(129)}`),
  ),
  authorized(
    "a signature in upper case",
    (text) => text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase().replace(/^[0-9]+$/, "A")),
  ),
  authorized("a signature of 63 digits", (text) => text.slice(0, -1)),
  authorized("a signature of 65 digits", (text) => `${text}0`),
  authorized(
    "a signature in base64",
    (text) => text.replace(/[0-9a-f]{64}$/, btoa("made up made up made up made up ")),
  ),
  authorized("nothing", () => ""),
]);

testDenied("T-15: a line break in a value is denied", [
  ...["\r\n", "\n", "\r", "\u2028", "\0", "\x7f"].flatMap((end) => [
    authorized(`${JSON.stringify(end)} behind the authorization`, (text) => `${text}${end}`),
    authorized(`a header behind ${JSON.stringify(end)}`, (text) => `${text}${end}x-acs-action: AssumeRole`),
    authorized(
      `${JSON.stringify(end)} in the credential`,
      (text) => text.replace("Credential=", `Credential=LTAI5t${end}`),
    ),
    securityToken(`${JSON.stringify(end)} in the security token`, (text) => `${text}${end}x-acs-action: AssumeRole`),
    signed(`${JSON.stringify(end)} behind the action`, { headers: { "x-acs-action": `GetCallerIdentity${end}` } }),
  ]),
]);

const VALUES: ReadonlyArray<readonly [string, unknown]> = [
  ["null", null],
  ["a number", 1],
  ["true", true],
  ["a list", []],
  ["a list of the value", ["value"]],
  ["an object", { a: "b" }],
];

testDenied("T-15: a value of another type is denied", [
  ...VALUES.flatMap(([what, value]): DenyRow[] => [
    ...["clusterId", "method", "path"].map((key) =>
      changed(`${what} as ${key}`, (json) => {
        json[key] = value;
      })
    ),
    changed(`${what} as the signed id`, ({ query }) => {
      query["ACKClusterId"] = value;
    }),
    ...["Authorization", "user-agent", "x-acs-action", "x-acs-date", "x-acs-version", "x-acs-security-token"].map((
      key,
    ) =>
      changed(`${what} as ${key}`, ({ headers }) => {
        headers[key] = value;
      })
    ),
    rewritten(`${what} as the token`, () => JSON.stringify(value)),
  ]),
  ...["query", "headers"].flatMap((key) =>
    [null, 1, "text", [], ["x"]].map((value) =>
      changed(`${JSON.stringify(value)} as ${key}`, (json) => {
        json[key] = value;
      })
    )
  ),
]);

testDenied("T-15: JSON with two readings, or none, is denied", [
  ...["clusterId", "method", "path", "query", "headers", "ACKClusterId", "Authorization", "x-acs-action"].flatMap((
    key,
  ) => [
    rewritten(`${key} twice`, (text) => text.replace(`"${key}":`, `"${key}":"x","${key}":`)),
    rewritten(`${key} twice, once escaped`, (text) => {
      const escaped = `\\u${key.charCodeAt(0).toString(16).padStart(4, "0")}${key.slice(1)}`;
      return text.replace(`"${key}":`, `"${escaped}":"x","${key}":`);
    }),
  ]),
  rewritten("__proto__ at the top", (text) => text.replace("{", '{"__proto__":{"method":"GET"},')),
  rewritten(
    "__proto__ in the headers",
    (text) => text.replace('"headers":{', '"headers":{"__proto__":{"x-acs-action":"AssumeRole"},'),
  ),
  rewritten("__proto__ in place of the headers", (text) => text.replace('"headers":', '"__proto__":')),
  rewritten("constructor", (text) => text.replace("{", '{"constructor":{"prototype":{}},')),
  rewritten("a second value behind", (text) => `${text}{}`),
  rewritten("the token twice", (text) => text + text),
  rewritten("a letter behind", (text) => `${text}x`),
  rewritten("a zero byte behind", (text) => `${text}\0`),
  rewritten("a comma too many", (text) => text.replace(/}$/, ",}")),
  rewritten("a comment", (text) => `/* made up */${text}`),
  rewritten("single quotes", (text) => text.replaceAll('"', "'")),
  rewritten("a bare line break in a text", (text) => text.replace("ack-ram-tool", "ack\nram-tool")),
  rewritten("a lone surrogate", (text) => text.replace("ack-ram-tool", "\\ud800")),
  rewritten("an unknown escape", (text) => text.replace("ack-ram-tool", "\\x41")),
  rewritten("a number beyond all bounds", (text) => text.replace("{", '{"method":1e99999,')),
  rewritten("deep nesting", (text) => text.replace("{", `{"x":${"[".repeat(2_000)}${"]".repeat(2_000)},`)),
  rewritten("a list round it", (text) => `[${text}]`),
  rewritten("the text of it as a text", (text) => JSON.stringify(text)),
  rewritten("half of it", (text) => text.slice(0, text.length / 2)),
  rewritten("nothing but a space", () => " "),
]);

testDenied("T-05: percent signs have no meaning in a token", [
  rewritten("an encoded key", (text) => text.replace('"ACKClusterId"', '"%41CKClusterId"')),
  rewritten(
    "an encoded key beside the plain one",
    (text) => text.replace('"query":{', '"query":{"%41CKClusterId":"c1",'),
  ),
  rewritten(
    "a key with a semicolon",
    (text) => text.replace('"query":{', '"query":{"ACKClusterId;Action":"AssumeRole",'),
  ),
  rewritten("a key with an ampersand", (text) => text.replace('"ACKClusterId"', '"Action=AssumeRole&ACKClusterId"')),
  rewritten("an empty key", (text) => text.replace('"query":{', '"query":{"":"",')),
  rewritten("an encoded action", (text) => text.replace("GetCallerIdentity", "%47etCallerIdentity")),
  rewritten("an encoded header", (text) => text.replace('"x-acs-action"', '"x%2dacs-action"')),
  rewritten("a lone percent sign as path", (text) => text.replace('"path":"/"', '"path":"%"')),
  rewritten("an encoded path", (text) => text.replace('"path":"/"', '"path":"%2F"')),
  rewritten("the query as a text", (text) => text.replace(/"query":\{[^}]*\}/, '"query":"ACKClusterId=c1"')),
]);

const CLUSTER = "prod/eu:one two";
testDenied(
  "T-05: the cluster id is compared as it is, before any encoding",
  ["prod%2Feu%3Aone%20two", "prod%252Feu%253Aone%2520two", "prod/eu:one+two", "prod/eu:one%20two", "%gh", "%", "a;b"]
    .map((
      clusterId,
    ): DenyRow => [
      clusterId,
      "wrong_cluster",
      ({ server }) => encodeToken(tokenJson(alice, { clusterId, now: server.now() })),
    ]),
  { clusterId: CLUSTER },
);

testDenied("T-06: a token cannot say which host is asked", [
  ...["host", "Host", "endpoint", "url", "scheme", "region", "domain"].flatMap((key) => [
    changed(`${key} at the top`, (json) => {
      json[key] = "sts.aliyuncs.com.evil.example";
    }),
    changed(`${key} as a header`, ({ headers }) => {
      headers[key] = "sts.aliyuncs.com.evil.example";
    }),
  ]),
  signed("a signed host", { headers: { host: "sts.aliyuncs.com" } }),
]);

testDenied(
  "T-07: the path can only be a slash",
  [
    ...["", "//", "/./", "/abc", "/..", "\\", "/\t", "/\n", "/?x=y", "/#", "/@evil.example/", "//evil.example/", "*"],
    ...["https://evil.example/", "http://sts.aliyuncs.com/", "HTTPS://sts.aliyuncs.com/", "／"],
  ].map((path) =>
    changed(JSON.stringify(path), (json) => {
      json.path = path;
    })
  ),
);
