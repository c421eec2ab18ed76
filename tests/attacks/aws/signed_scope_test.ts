import { awsDate } from "../../support/aws_tokens.ts";
import { changed, type DenyRow, signed, testDenied, withPair } from "./deny.ts";

/** A token that is signed over these headers, sent or not, in this order. */
function covering(...names: readonly string[]): DenyRow {
  return signed(JSON.stringify(names.join(";")), { names });
}

testDenied("T-09: a signature that does not cover the host and the cluster is denied", [
  signed("the host alone", { headers: { "x-k8s-aws-id": undefined } }),
  covering("x-k8s-aws-id"),
  covering(),
  covering("host", "x-k8s-aws-id2"),
  covering("host", "x-k8s-aws-i"),
  covering("host", "xx-k8s-aws-id"),
  covering("ghost", "x-k8s-aws-id"),
  covering("hostx-k8s-aws-id"),
  covering("host", "x-k8s-aws-id", ""),
  covering("", "host", "x-k8s-aws-id"),
  covering("host", " x-k8s-aws-id"),
  covering("host", "x-k8s-aws-id "),
  covering(" host", "x-k8s-aws-id"),
  covering("Host", "x-k8s-aws-id"),
  covering("host", "X-K8s-Aws-Id"),
  covering("HOST", "X-K8S-AWS-ID"),
  covering("x-k8s-aws-id", "host"),
  covering("host", "x-k8s-aws-id", "x-k8s-aws-id"),
  covering("host", "host", "x-k8s-aws-id"),
  covering("host,x-k8s-aws-id"),
  covering("host", "x-k8s-aws-id\n"),
  covering("host", "x-k8s-aws-id\0"),
  covering("host", "x‐k8s‐aws‐id"),
  ...["accept", "x-amz-security-token", "x-forwarded-host", "zzz"].map((name) =>
    signed(`${name} beside them`, { headers: { [name]: "made-up" } })
  ),
]);

/** A token that is honestly signed with another scope. */
function scoped(what: string, change: (day: string) => string): DenyRow {
  return signed(what, ({ options }) => ({ scope: change(awsDate(options.now).slice(0, 8)) }));
}

testDenied("T-11b: a scope that is not exactly STS's is denied, however well it is signed", [
  scoped("four parts", (day) => `${day}/us-east-1/sts`),
  scoped("three parts", (day) => `${day}/sts/aws4_request`),
  scoped("six parts", (day) => `${day}/us-east-1/sts/aws4_request/x`),
  scoped("a slash behind", (day) => `${day}/us-east-1/sts/aws4_request/`),
  scoped("a slash in front", (day) => `/${day}/us-east-1/sts/aws4_request`),
  scoped("nothing", () => ""),
  scoped("another day", () => "20200101/us-east-1/sts/aws4_request"),
  scoped("the day before", (day) => `${Number(day) - 1}/us-east-1/sts/aws4_request`),
  scoped(
    "the day with its dashes",
    (day) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}/us-east-1/sts/aws4_request`,
  ),
  scoped("a day of seven digits", (day) => `${day.slice(1)}/us-east-1/sts/aws4_request`),
  scoped("a day of nine digits", (day) => `0${day}/us-east-1/sts/aws4_request`),
  scoped("no day", () => "/us-east-1/sts/aws4_request"),
  scoped("no region", (day) => `${day}//sts/aws4_request`),
  ...[
    "us-east",
    "US-EAST-1",
    "us-east-1 ",
    "us_east_1",
    "*",
    "global",
    "us-east-1,us-west-2",
    "us-east-１",
    "sts",
    "../us-east-1",
  ].map((region) => scoped(`the region ${JSON.stringify(region)}`, (day) => `${day}/${region}/sts/aws4_request`)),
  ...["iam", "s3", "STS", "sts ", "", "sts.amazonaws.com", "execute-api", "sts,iam"].map((service) =>
    scoped(`the service ${JSON.stringify(service)}`, (day) => `${day}/us-east-1/${service}/aws4_request`)
  ),
  ...["AWS4_REQUEST", "aws4-request", "aws5_request", "aws4_request ", "aws4_reques", "aws4_requestx", ""].map((end) =>
    scoped(`the end ${JSON.stringify(end)}`, (day) => `${day}/us-east-1/sts/${end}`)
  ),
]);

/** A token that claims another key. */
function claiming(what: string, change: (id: string) => string): DenyRow {
  return changed(what, (pairs) => pairs.map((pair) => pair.replace(/(?<=^X-Amz-Credential=)[^%]*/, change)));
}

testDenied("T-11b: a key id that is none is denied", [
  claiming("none", () => ""),
  claiming("15 characters", (id) => id.slice(0, 15)),
  claiming("129 characters", (id) => id.padEnd(129, "A")),
  claiming("a dash", (id) => `${id}-`),
  claiming("a dot", (id) => `.${id}`),
  claiming("a colon", (id) => `${id}%3A`),
  claiming("a slash", (id) => `${id}%2F`),
  claiming("a space", (id) => `${id}%20`),
  claiming("a line break", (id) => `${id}%0A`),
  claiming("two, with a comma", (id) => `${id}%2C${id}`),
  claiming("a placeholder", () => "%7B%7BSessionName%7D%7D"),
]);

/** A token of which the signature is changed. */
function signature(what: string, change: (hex: string) => string): DenyRow {
  return changed(what, (pairs) => pairs.map((pair) => pair.replace(/(?<=^X-Amz-Signature=).*/, change)));
}

testDenied("T-11c: a signature that is not 64 lower-case hex digits is denied", [
  signature("upper case", (hex) => `${hex.slice(1).toUpperCase()}A`),
  signature("one letter in upper case", (hex) => `${hex.slice(1)}F`),
  signature("63 digits", (hex) => hex.slice(1)),
  signature("65 digits", (hex) => `${hex}0`),
  signature("128 digits", (hex) => hex + hex),
  signature("two, with a comma", (hex) => `${hex}%2C${hex}`),
  signature("a letter beyond f", (hex) => `${hex.slice(1)}g`),
  signature("0x in front", (hex) => `0x${hex.slice(2)}`),
  signature("base64", () => "bWFkZSB1cCBtYWRlIHVwIG1hZGUgdXAgbWFkZSB1cCA%3D"),
  signature("a space in front", (hex) => `%20${hex.slice(1)}`),
  signature("a line break behind", (hex) => `${hex}%0A`),
  signature("a line break in place of a digit", (hex) => `${hex.slice(1)}%0A`),
  signature("a digit of another script", (hex) => `${hex.slice(1)}%EF%BC%91`),
  signature("none", () => ""),
]);

testDenied("T-11c: an expiry that is not a number from 1 to 900 is denied, however well it is signed", [
  ...[
    "0",
    "-1",
    "-60",
    "901",
    "1000",
    "99999999999",
    "1e2",
    "60.0",
    "6e1",
    "0x3c",
    "060",
    "00",
    "+60",
    " 60",
    "60 ",
    "60s",
    "6 0",
    "６０",
    "NaN",
    "Infinity",
    "null",
    "true",
    "60,60",
    "",
  ]
    .map((expiry) => signed(JSON.stringify(expiry), { query: { "X-Amz-Expires": expiry } })),
  signed("none", { query: { "X-Amz-Expires": undefined } }),
  changed("a raw plus sign", (pairs) => withPair(pairs, "X-Amz-Expires", "X-Amz-Expires=+60")),
]);
