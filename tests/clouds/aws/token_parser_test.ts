import assert from "node:assert/strict";
import { assertClusterId, formatToken } from "../../../lib/clouds/aws/token.ts";
import { parseToken } from "../../../lib/clouds/aws/token_parser.ts";
import { TokenError, type TokenRefusal } from "../../../lib/clouds/cloud.ts";
import { UsageError } from "../../../lib/errors.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

const PREFIX = "k8s-aws-v1.";
const SIGNATURE = "0123456789abcdef".repeat(4);
const CREDENTIAL = "AKIAIOSFODNN7EXAMPLE%2F20261121%2Fus-east-1%2Fsts%2Faws4_request";
const PAIRS = [
  "Action=GetCallerIdentity",
  "Version=2011-06-15",
  "X-Amz-Algorithm=AWS4-HMAC-SHA256",
  `X-Amz-Credential=${CREDENTIAL}`,
  "X-Amz-Date=20261121T120000Z",
  "X-Amz-Expires=60",
  "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
  `X-Amz-Signature=${SIGNATURE}`,
];
const REQUEST = {
  host: "sts.amazonaws.com",
  region: "us-east-1",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  date: "20261121T120000Z",
  expires: "60",
  securityToken: undefined,
  signature: SIGNATURE,
};

function encode(bytes: Uint8Array): string {
  return PREFIX + bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function token(url: string): string {
  return encode(new TextEncoder().encode(url));
}

function ofPairs(pairs: readonly string[]): string {
  return token(`https://sts.amazonaws.com/?${pairs.join("&")}`);
}

/** The good token with one parameter written in another way. */
function withPair(name: string, ...pairs: readonly string[]): string {
  return ofPairs(PAIRS.flatMap((pair) => pair.startsWith(`${name}=`) ? pairs : [pair]));
}

/** The good token with its URL changed. */
function withUrl(from: string, to: string): string {
  const url = `https://sts.amazonaws.com/?${PAIRS.join("&")}`;
  assert(url.includes(from), from);
  return token(url.replace(from, to));
}

for (const vector of vectors) {
  Deno.test(`parseToken() reads botocore's token, and formatToken() writes it again: ${vector.name}`, () => {
    const request = parseToken(vector.token);
    assert.deepEqual(request, {
      host: vector.host,
      region: vector.region,
      accessKeyId: vector.accessKeyId,
      date: vector.date,
      expires: "60",
      securityToken: vector.sessionToken,
      signature: new URL(vector.url).searchParams.get("X-Amz-Signature"),
    });
    assert.equal(formatToken(request), vector.token);
    assert.equal(token(vector.url), vector.token);
  });
}

for (
  const [what, text, want] of [
    ["what every client writes", ofPairs(PAIRS), {}],
    ["parameters in another order", ofPairs(PAIRS.toReversed()), {}],
    [
      "the order of the Go SDK, with a security token before the signed headers",
      ofPairs(PAIRS.toSpliced(6, 0, "X-Amz-Security-Token=MadeUp%2F%2B%3Dtoken%3D%3D")),
      { securityToken: "MadeUp/+=token==" },
    ],
    ["the shortest life", withPair("X-Amz-Expires", "X-Amz-Expires=1"), { expires: "1" }],
    ["the longest life", withPair("X-Amz-Expires", "X-Amz-Expires=900"), { expires: "900" }],
    ["a host with a port, which the table judges", withUrl("sts.amazonaws.com", "127.0.0.1:8443"), {
      host: "127.0.0.1:8443",
    }],
    ["a host that is not known, which the table judges", withUrl("sts.", "sts.s3."), { host: "sts.s3.amazonaws.com" }],
    ["a region of four words", withUrl("us-east-1", "xx-gov-north-east-12"), { region: "xx-gov-north-east-12" }],
  ] as const
) {
  Deno.test(`parseToken() reads ${what}`, () => assert.deepEqual(parseToken(text), { ...REQUEST, ...want }));
}

for (
  const [date, day] of [["20280229T235959Z", "20280229"], ["20261231T000000Z", "20261231"]] as const
) {
  Deno.test(`parseToken() reads the date ${date}`, () => {
    const pairs = PAIRS.map((pair) => pair.replace("20261121T120000Z", date).replace("20261121", day));
    assert.equal(parseToken(ofPairs(pairs)).date, date);
  });
}

const good = ofPairs(PAIRS);

/** A good token whose base64 does not end on a byte. */
const unaligned = ["6", "60", "600"].map((life) => withPair("X-Amz-Expires", `X-Amz-Expires=${life}`))
  .find((text) => (text.length - PREFIX.length) % 4 !== 0)!;

Deno.test("the good token that others are made from is read", () => {
  assert.equal(parseToken(good).signature, parseToken(unaligned).signature);
});

Deno.test("all but the unreserved characters of RFC 3986 are encoded, and no other text is read", () => {
  const securityToken = "-._~!'()*";
  const text = formatToken({ ...REQUEST, securityToken });
  assert.equal(text, ofPairs(PAIRS.toSpliced(7, 0, "X-Amz-Security-Token=-._~%21%27%28%29%2A")));
  assert.equal(parseToken(text).securityToken, securityToken);
  for (const mark of "!'()*:@/?$,") {
    const raw = ofPairs([...PAIRS, `X-Amz-Security-Token=MadeUp${mark}`]);
    assert.throws(() => parseToken(raw), refusedAs("malformed"), mark);
  }
});

Deno.test("parseToken() reads a security token as long as real ones get", () => {
  const securityToken = "MadeUp/+=".repeat(500);
  assert.deepEqual(parseToken(formatToken({ ...REQUEST, securityToken })), { ...REQUEST, securityToken });
});

for (
  const [why, text] of [
    ["nothing", ""],
    ["the prefix alone", PREFIX],
    ["the prefix twice", PREFIX + good],
    ["another version", good.replace("v1", "v2")],
    ["another case of the prefix", good.replace("k8s", "K8S")],
    ["the other cloud's prefix", good.replace(PREFIX, "k8s-ack-v2.")],
    ["white space before it", ` ${good}`],
    ["a line break after it", `${good}\n`],
    ["a NUL after it", `${good}\0`],
    ["standard base64", PREFIX + btoa("https://sts.amazonaws.com/??>?>")],
    ["base64 with its padding", unaligned + "=".repeat(4 - (unaligned.length - PREFIX.length) % 4)],
    ["base64 of five characters", `${PREFIX}aHR0c`],
    ["base64 with white space in it", `${good.slice(0, 40)} ${good.slice(40)}`],
    [
      "bits after the end of base64",
      unaligned.slice(0, -1) + String.fromCharCode(unaligned.charCodeAt(unaligned.length - 1) + 1),
    ],
    ["bytes that are not UTF-8", encode(new Uint8Array([0x68, 0xff, 0x74]))],
    ["a byte order mark", withUrl("https", "\ufeffhttps")],
    ["letters of another script", withUrl("sts.", "ｓｔｓ.")],
    ["no scheme", withUrl("https://", "")],
    ["plain HTTP", withUrl("https", "http")],
    ["the scheme in upper case", withUrl("https", "HTTPS")],
    ["backslashes", withUrl("https://", "https:\\\\")],
    ["one slash", withUrl("https://", "https:/")],
    ["three slashes", withUrl("https://", "https:///")],
    ["a user", withUrl("https://", "https://me@")],
    ["a user and a password", withUrl("https://", "https://a:b@")],
    ["no host", withUrl("sts.amazonaws.com", "")],
    ["a host in upper case", withUrl("sts.", "STS.")],
    ["a host that is encoded", withUrl("sts.", "%73ts.")],
    ["an IPv6 address", withUrl("sts.amazonaws.com", "[::1]")],
    ["a port of no digits", withUrl(".com/", ".com:/")],
    ["a port with a leading zero", withUrl(".com/", ".com:0443/")],
    ["two ports", withUrl(".com/", ".com:1:2/")],
    ["no path", withUrl("/?", "?")],
    ["another path", withUrl("/?", "/abc?")],
    ["a path of two slashes", withUrl("/?", "//?")],
    ["a path with a dot", withUrl("/?", "/./?")],
    ["a path that is encoded", withUrl("/?", "%2F?")],
    ["a second question mark", withUrl("/?", "/??")],
    ["no query", token("https://sts.amazonaws.com/")],
    ["an empty query", token("https://sts.amazonaws.com/?")],
    ["a fragment", withUrl(SIGNATURE, `${SIGNATURE}#x`)],
    ["a fragment before the query", withUrl("/?", "/#?")],
    ["a tab in the URL", withUrl("sts.", "s\tts.")],
    ["a line break in the URL", withUrl("&Version", "\n&Version")],
    ["a line break at the end of the URL", withUrl(SIGNATURE, `${SIGNATURE}\n`)],
    ["white space at the start of the URL", withUrl("https", " https")],
    ["text after the URL", withUrl(SIGNATURE, `${SIGNATURE} x`)],
    ["an ampersand at the end", withUrl(SIGNATURE, `${SIGNATURE}&`)],
    ["an ampersand at the start", withUrl("/?", "/?&")],
    ["two ampersands", withUrl("&Version", "&&Version")],
    ["semicolons between parameters", withUrl("&Version", ";Version")],
    ["a parameter that no client writes", ofPairs([...PAIRS, "X-Amz-User-Agent=a"])],
    ["the parameter of another action", ofPairs([...PAIRS, "RoleArn=a"])],
    ["a parameter named __proto__", ofPairs([...PAIRS, "__proto__=a"])],
    ["a parameter without a name", ofPairs([...PAIRS, "=a"])],
    ["an empty security token", ofPairs([...PAIRS, "X-Amz-Security-Token="])],
    ["a security token with a line break", ofPairs([...PAIRS, "X-Amz-Security-Token=MadeUp%0D%0Ax"])],
    ["a security token with a space", ofPairs([...PAIRS, "X-Amz-Security-Token=MadeUp%20x"])],
    ["a security token with a letter of another script", ofPairs([...PAIRS, "X-Amz-Security-Token=%C3%A9"])],
    ["two security tokens", ofPairs([...PAIRS, "X-Amz-Security-Token=a", "X-Amz-Security-Token=b"])],
    ["another action", withPair("Action", "Action=AssumeRole")],
    ["the action in another case", withPair("Action", "Action=getcalleridentity")],
    ["another version of the API", withPair("Version", "Version=2011-06-16")],
    ["another algorithm", withPair("X-Amz-Algorithm", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256")],
    ...[
      ["without the cluster", "host"],
      ["without the host", "x-k8s-aws-id"],
      ["with the cluster inside a word", "host%3Bx-x-k8s-aws-id"],
      ["with a space", "host%3B%20x-k8s-aws-id"],
      ["in upper case", "host%3BX-K8s-Aws-Id"],
      ["in another order", "x-k8s-aws-id%3Bhost"],
      ["with one more", "accept%3Bhost%3Bx-k8s-aws-id"],
      ["with a raw semicolon", "host;x-k8s-aws-id"],
      ["with lower-case hex", "host%3bx-k8s-aws-id"],
      ["encoded twice", "host%253Bx-k8s-aws-id"],
      ["encoded more than needed", "host%3Bx%2Dk8s-aws-id"],
      ["with a plus for a space", "host%3Bx-k8s-aws-id+"],
      ["with half an escape", "host%3Bx-k8s-aws-id%2"],
      ["with an escape of no digits", "host%gh"],
      ["with a percent sign alone", "%"],
    ].map(([why, value]) =>
      [`signed headers ${why}`, withPair("X-Amz-SignedHeaders", `X-Amz-SignedHeaders=${value}`)] as const
    ),
    ...[
      ["of four parts", CREDENTIAL.replace("%2Faws4_request", "")],
      ["of six parts", `${CREDENTIAL}%2Fx`],
      ["with raw slashes", CREDENTIAL.replaceAll("%2F", "/")],
      ["with lower-case hex", CREDENTIAL.replaceAll("%2F", "%2f")],
      ["of another day", CREDENTIAL.replace("20261121", "20261122")],
      ["of a long day", CREDENTIAL.replace("20261121", "20261121T")],
      ["of another service", CREDENTIAL.replace("sts", "s3")],
      ["with another end", CREDENTIAL.replace("aws4_request", "aws5_request")],
      ["of no region", CREDENTIAL.replace("us-east-1", "")],
      ["of a region of one word", CREDENTIAL.replace("us-east-1", "east")],
      ["of a region in upper case", CREDENTIAL.replace("us-east-1", "US-EAST-1")],
      ["of every region", CREDENTIAL.replace("us-east-1", "%2A")],
      ["of no key", CREDENTIAL.replace("AKIAIOSFODNN7EXAMPLE", "")],
      ["of a short key", CREDENTIAL.replace("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EX")],
      ["of a long key", CREDENTIAL.replace("AKIAIOSFODNN7EXAMPLE", "A".repeat(129))],
      ["of a key with a line break", CREDENTIAL.replace("EXAMPLE", "EXAMPLE%0A")],
    ].map(([why, value]) =>
      [`a credential ${why}`, withPair("X-Amz-Credential", `X-Amz-Credential=${value}`)] as const
    ),
    ...[
      ["that no calendar has", "20261131T120000Z"],
      ["of a month that no calendar has", "20261321T120000Z"],
      ["of the hour 24", "20261121T240000Z"],
      ["of a leap second", "20261121T235960Z"],
      ["with fractions of a second", "20261121T120000.000Z"],
      ["without its zone", "20261121T120000"],
      ["in lower case", "20261121t120000z"],
      ["in the other cloud's form", "2026-11-21T12%3A00%3A00Z"],
      ["with a sign", "-20261121T120000Z"],
      ["with a line break", "20261121T120000Z%0A"],
    ].map(([why, value]) => [`a date ${why}`, withPair("X-Amz-Date", `X-Amz-Date=${value}`)] as const),
    ...["0", "901", "1000", "-60", "%2B60", "060", "60.0", "6e1", "0x3c", "60%0A", "%20", "NaN", "9".repeat(40)]
      .map((value) => [`a life of "${value}"`, withPair("X-Amz-Expires", `X-Amz-Expires=${value}`)] as const),
    ...[
      ["in upper case", SIGNATURE.toUpperCase()],
      ["of 63 digits", SIGNATURE.slice(1)],
      ["of 65 digits", `${SIGNATURE}0`],
      ["that is not hex", SIGNATURE.replace("a", "g")],
      ["with a line break", `${SIGNATURE}%0A`],
    ].map(([why, value]) => [`a signature ${why}`, withPair("X-Amz-Signature", `X-Amz-Signature=${value}`)] as const),
  ] as ReadonlyArray<readonly [string, string]>
) {
  Deno.test(`parseToken() refuses ${why}`, () => assert.throws(() => parseToken(text), refusedAs("malformed")));
}

for (const pair of PAIRS) {
  const [name, value] = pair.split("=") as [string, string];
  for (
    const [why, pairs] of [
      ["no", []],
      ["an empty", [`${name}=`]],
      ["no equals sign after", [name]],
      ["a second equals sign after", [`${name}==${value}`]],
      ["an equals sign at the end of", [`${pair}=`]],
      ["two of", [pair, pair]],
      ["lower case in", [pair.toLowerCase()]],
      ["upper case in the name of", [`${name.toUpperCase()}=${value}`]],
      ["one more, in lower case, after", [pair, `${name.toLowerCase()}=${value}`]],
      ["one more, in lower case, before", [`${name.toLowerCase()}=${value}`, pair]],
      ["an escape in the name of", [`%${name.charCodeAt(0).toString(16)}${pair.slice(1)}`]],
      ["a space before", [`%20${pair}`]],
      ["a list in", [`${name}[]=${value}`]],
      ["an escape that is not needed in", [`${name}=%${value.charCodeAt(0).toString(16)}${value.slice(1)}`]],
    ] as const
  ) {
    Deno.test(`parseToken() refuses ${why} ${name}`, () => {
      assert.throws(() => parseToken(withPair(name, ...pairs)), refusedAs("malformed"));
    });
  }
}

Deno.test("parseToken() refuses more than 16 KiB before it looks inside", () => {
  assert.throws(() => parseToken(PREFIX.padEnd(16_385, "A")), refusedAs("too_large"));
  assert.throws(() => parseToken(PREFIX.padEnd(16_384, "A")), refusedAs("malformed"));
});

Deno.test("a refusal never quotes the token, in any of its texts", () => {
  const text = ofPairs([...PAIRS, "X-Amz-Security-Token=MadeUpSecurityToken%0A"]);
  assert.throws(() => parseToken(text), (error) => {
    const shown = Deno.inspect(error, { depth: 10 });
    return !shown.includes("MadeUpSecurity") && !shown.includes(text) && !shown.includes(SIGNATURE);
  });
});

for (const clusterId of ["c1", "my-dev-cluster.example.com", "a/b:c!~", "a b", "my dev cluster 1"]) {
  Deno.test(`cluster id "${clusterId}" can be sent to AWS`, () => assertClusterId(clusterId));
}

for (
  const clusterId of [
    "",
    " ",
    " c1",
    "c1 ",
    "a  b",
    "a b  c",
    "a\tb",
    "a b\n",
    "a \tb",
    "c1\n",
    "c1\0",
    "clusté",
    "c\u00a01",
    "c\x7f",
  ]
) {
  Deno.test(`cluster id ${JSON.stringify(clusterId)} cannot be sent to AWS`, () => {
    assert.throws(() => assertClusterId(clusterId), (e) => e instanceof UsageError && e.code === "ERR_USAGE");
  });
}

function refusedAs(reason: TokenRefusal): (thrown: unknown) => boolean {
  return (e) => e instanceof TokenError && e.code === "ERR_TOKEN" && e.reason === reason;
}
