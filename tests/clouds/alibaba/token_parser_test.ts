import assert from "node:assert/strict";
import { EMPTY_BODY_SHA256 } from "../../../lib/clouds/alibaba/acs3.ts";
import { formatToken } from "../../../lib/clouds/alibaba/token.ts";
import { parseToken } from "../../../lib/clouds/alibaba/token_parser.ts";
import { TokenError, type TokenRefusal } from "../../../lib/clouds/cloud.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };

const PREFIX = "k8s-ack-v2.";
const SIGNATURE = "0123456789abcdef".repeat(4);
const NAMES = "x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version";
const AUTHORIZATION = `ACS3-HMAC-SHA256 Credential=LTAI5tMadeUpKey,SignedHeaders=${NAMES},Signature=${SIGNATURE}`;
/** Of a request whose security token is signed. */
const WITH_TOKEN = AUTHORIZATION.replace("x-acs-date;", "x-acs-date;x-acs-security-token;");
const HEADERS = {
  Authorization: AUTHORIZATION,
  "user-agent": "a test",
  "x-acs-action": "GetCallerIdentity",
  "x-acs-content-sha256": EMPTY_BODY_SHA256,
  "x-acs-date": "2026-11-22T12:00:00Z",
  "x-acs-version": "2015-04-01",
};
const MEMBERS = { clusterId: "c1", method: "POST", path: "/", query: { ACKClusterId: "c1" }, headers: HEADERS };

function token(json: unknown): string {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return PREFIX + new TextEncoder().encode(text).toBase64();
}

/** A token whose security token is signed, whatever it is. */
function withSecurityToken(securityToken: string): string {
  return token(withHeaders({ Authorization: WITH_TOKEN, "x-acs-security-token": securityToken }));
}

function withAccessKeyId(accessKeyId: string): string {
  return token(withHeaders({ Authorization: AUTHORIZATION.replace("LTAI5tMadeUpKey", () => accessKeyId) }));
}

function withHeaders(headers: Readonly<Record<string, unknown>>): unknown {
  return { ...MEMBERS, headers: { ...HEADERS, ...headers } };
}

/** All of ASCII that can be seen, and the space. */
const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at)).join("");

for (const vector of vectors) {
  Deno.test(`parseToken() reads ack-ram-tool's token, and formatToken() writes it again: ${vector.name}`, () => {
    const request = parseToken(vector.token);
    assert.deepEqual(request, {
      clusterId: vector.clusterId,
      date: vector.date,
      accessKeyId: vector.accessKeyId,
      securityToken: vector.securityToken || undefined,
      signature: vector.signature,
    });
    assert.equal(formatToken(request, vector.decoded.headers["user-agent"]), vector.token);
    const json = atob(vector.token.slice(PREFIX.length));
    const bytes = Uint8Array.from(json, (c) => c.charCodeAt(0));
    assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)), vector.decoded);
  });
}

for (
  const [what, json] of [
    ["only what is signed, as older clients write", {
      query: MEMBERS.query,
      headers: Object.fromEntries(Object.entries(HEADERS).filter(([name]) => name !== "user-agent")),
    }],
    ["indented JSON", JSON.stringify(MEMBERS, null, 2)],
    ["members in another order", Object.fromEntries(Object.entries(MEMBERS).reverse())],
    ["escapes in a key", JSON.stringify(MEMBERS).replace('"query"', '"\\u0071uery"')],
    ["another cluster outside the signature, which says nothing", { ...MEMBERS, clusterId: "c2" }],
    ["an empty user agent", withHeaders({ "user-agent": "" })],
    [
      "a user agent of an SDK",
      withHeaders({ "user-agent": "AlibabaCloud (linux; amd64) Golang/1.24 Core/0.1 TeaDSL/2" }),
    ],
    ["every printable character in a user agent", withHeaders({ "user-agent": PRINTABLE })],
    ["a user agent of 256 characters", withHeaders({ "user-agent": "x".repeat(256) })],
  ] as const
) {
  Deno.test(`parseToken() reads ${what}`, () => {
    const { clusterId, accessKeyId, signature, securityToken } = parseToken(token(json));
    assert.deepEqual(
      { clusterId, accessKeyId, signature, securityToken },
      { clusterId: "c1", accessKeyId: "LTAI5tMadeUpKey", signature: SIGNATURE, securityToken: undefined },
    );
  });
}

Deno.test("parseToken() reads a security token that is signed, and the longest values there are", () => {
  for (const securityToken of ["!", "CAIS/+=~MadeUp", "a".repeat(11_000)]) {
    assert.equal(parseToken(withSecurityToken(securityToken)).securityToken, securityToken);
  }
  for (const accessKeyId of ["A", "STS.N_Made-Up", "A".repeat(128)]) {
    assert.equal(parseToken(withAccessKeyId(accessKeyId)).accessKeyId, accessKeyId);
  }
});

const good = token(MEMBERS);

for (
  const [why, text] of [
    ["nothing", ""],
    ["the prefix alone", PREFIX],
    ["the retired version", good.replace("v2", "v1")],
    ["another case of the prefix", good.replace("k8s", "K8S")],
    ["white space before it", ` ${good}`],
    ["a line break after it", `${good}\n`],
    ["a NUL after it", `${good}\0`],
    ["base64 for URLs", PREFIX + btoa("\xfb\xff").replaceAll("+", "-").replaceAll("/", "_")],
    [
      "base64 without its padding",
      token(JSON.stringify(MEMBERS) + " ".repeat(3 - JSON.stringify(MEMBERS).length % 3 + 1)).replace(/=+$/, ""),
    ],
    ["base64 with white space in it", `${good.slice(0, 40)} ${good.slice(40)}`],
    ["too much padding", `${good}==`],
    ["bits after the end of base64", `${PREFIX}fR==`],
    [
      "bytes that are not UTF-8",
      // In the one member of which any text is taken.
      PREFIX + Uint8Array.from(JSON.stringify({ ...MEMBERS, clusterId: "\xff" }), (c) => c.charCodeAt(0)).toBase64(),
    ],
    ["a byte order mark", token(`\ufeff${JSON.stringify(MEMBERS)}`)],
    ["no JSON", token("k8s")],
    ["a list", token([MEMBERS])],
    ["an empty list", token([])],
    ["null", token(null)],
    ["text after the object", token(`${JSON.stringify(MEMBERS)}{}`)],
    ["a key that stands twice", token(`{"path":"/",${JSON.stringify(MEMBERS).slice(1)}`)],
    ["a member that no client writes", token({ ...MEMBERS, host: "sts.example.com" })],
    ["a member named __proto__", token(`{"__proto__":{},${JSON.stringify(MEMBERS).slice(1)}`)],
    ["another method", token({ ...MEMBERS, method: "GET" })],
    ["another path", token({ ...MEMBERS, path: "/x" })],
    ["a cluster that is not text", token({ ...MEMBERS, clusterId: 1 })],
    ["no query", token({ headers: HEADERS })],
    ["a query that is text", token({ ...MEMBERS, query: "ACKClusterId=c1" })],
    ["a query without the cluster", token({ ...MEMBERS, query: {} })],
    ["a second parameter", token({ ...MEMBERS, query: { ACKClusterId: "c1", Action: "AssumeRole" } })],
    ["the cluster in another case", token({ ...MEMBERS, query: { ackclusterid: "c1" } })],
    ["a cluster in the query that is not text", token({ ...MEMBERS, query: { ACKClusterId: ["c1"] } })],
    ["no headers", token({ query: MEMBERS.query })],
    ["a header that no client writes", token(withHeaders({ host: "sts.example.com" }))],
    ["a header in another case", token(withHeaders({ "X-Acs-Action": "GetCallerIdentity" }))],
    ["a second authorization", token(withHeaders({ authorization: AUTHORIZATION }))],
    ["a header that is not text", token(withHeaders({ "user-agent": null }))],
    ...["a\tb", "a\r\nx-acs-action: AssumeRole", "\0", "\x1b[2J", "a\x7f", "\u009b", "bücher", "🚀", "\u202e", "\u00a0"]
      .map((
        agent,
      ) => [`the user agent ${JSON.stringify(agent)}`, token(withHeaders({ "user-agent": agent }))] as const),
    ["a user agent of 257 characters", token(withHeaders({ "user-agent": "x".repeat(257) }))],
    ["another action", token(withHeaders({ "x-acs-action": "AssumeRole" }))],
    ["another version", token(withHeaders({ "x-acs-version": "2014-01-01" }))],
    ["the hash of a body", token(withHeaders({ "x-acs-content-sha256": SIGNATURE }))],
    ["no date", token(withHeaders({ "x-acs-date": undefined }))],
    ["a security token that is not signed", token(withHeaders({ "x-acs-security-token": "CAISMadeUp" }))],
    ["an empty security token", withSecurityToken("")],
    ["a security token with a line break", withSecurityToken("a\r\nb")],
    ["a security token with a line break at its end", withSecurityToken("a\n")],
    ["a security token with a space", withSecurityToken("a b")],
    ["a security token with a control character", withSecurityToken("a\x7f")],
    ["a security token beyond ASCII", withSecurityToken("a\u00e9")],
    ["another algorithm", token(withHeaders({ Authorization: AUTHORIZATION.replace("SHA256", "SM3") }))],
    ["a space after a comma", token(withHeaders({ Authorization: AUTHORIZATION.replace(",", ", ") }))],
    ["a signature in upper case", token(withHeaders({ Authorization: AUTHORIZATION.replace(/[a-f]+$/, "ABCDEF") }))],
    ["a short signature", token(withHeaders({ Authorization: AUTHORIZATION.slice(0, -1) }))],
    ["a signature with a line break", token(withHeaders({ Authorization: `${AUTHORIZATION}\n` }))],
    ["an access key id with a comma", withAccessKeyId("LT,AI")],
    ["an empty access key id", withAccessKeyId("")],
    ["an access key id with a space", withAccessKeyId("LT AI")],
    ["an access key id with a line break", withAccessKeyId("LT\r\nAI")],
    ["an access key id with a slash", withAccessKeyId("LT/AI")],
    ["an access key id beyond ASCII", withAccessKeyId("LT\u00e9")],
    ["an endless access key id", withAccessKeyId("A".repeat(129))],
    ["something before the algorithm", token(withHeaders({ Authorization: `x ${AUTHORIZATION}` }))],
    ["fewer signed headers", token(withHeaders({ Authorization: AUTHORIZATION.replace(";x-acs-date", "") }))],
    [
      "signed headers in another order",
      token(withHeaders({
        Authorization: AUTHORIZATION.replace(NAMES, NAMES.split(";").reverse().join(";")),
      })),
    ],
    ["a signed host", token(withHeaders({ Authorization: AUTHORIZATION.replace(NAMES, `host;${NAMES}`) }))],
  ] as const
) {
  Deno.test(`parseToken() refuses ${why}`, () => assert.throws(() => parseToken(text), refusedAs("malformed")));
}

Deno.test("parseToken() refuses more than 16 KiB before it looks inside", () => {
  assert.throws(() => parseToken(PREFIX.padEnd(16_385, "A")), refusedAs("too_large"));
  assert.throws(() => parseToken(PREFIX.padEnd(16_384, "A")), refusedAs("malformed"));
});

Deno.test("a refusal never quotes the token, in any of its texts", () => {
  const text = token(withHeaders({ "x-acs-security-token": "CAISMadeUpSecurityToken" }));
  assert.throws(() => parseToken(text), (error) => {
    const shown = Deno.inspect(error, { depth: 10 });
    return !shown.includes("CAISMadeUp") && !shown.includes(text) && !shown.includes(SIGNATURE);
  });
});

function refusedAs(reason: TokenRefusal): (thrown: unknown) => boolean {
  return (e) => e instanceof TokenError && e.code === "ERR_TOKEN" && e.reason === reason;
}
