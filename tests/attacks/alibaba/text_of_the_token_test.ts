import assert from "node:assert/strict";
import { startReviewServer } from "../../support/review_server.ts";
import { decodeToken, encodeToken } from "../../support/tokens.ts";
import { OTHER_BEARER_TOKENS } from "../bearer_tokens.ts";
import { assertAllowed, contextOf, type DenyRow, testDenied } from "./deny.ts";

const PREFIX = "k8s-ack-v2.";

/** A token of the JSON with spaces behind it, so that its base64 has this many padding signs. */
function padded(minted: string, signs: 0 | 1 | 2): string {
  for (let json = decodeToken(minted);; json += " ") {
    const token = encodeToken(json);
    if (/=*$/.exec(token)![0].length === signs) return token;
  }
}

/** A token of the JSON with spaces behind it, as long as may be without being longer than this. */
function grown(minted: string, chars: number): string {
  const bytes = Math.floor((chars - PREFIX.length) / 4) * 3;
  const json = decodeToken(minted);
  return encodeToken(json + " ".repeat(bytes - new TextEncoder().encode(json).length));
}

/** The same bytes with another last digit: its low bits are used by no byte. */
function withTrailingBits(token: string): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const at = token.indexOf("=") - 1;
  const next = digits[digits.indexOf(token[at]!) + 1]!;
  return token.slice(0, at) + next + token.slice(at + 1);
}

/** JSON whose base64 has both digits in which the two alphabets differ. */
function withSigns(minted: string): string {
  return encodeToken(decodeToken(minted).replace("ram-auth/", "~~~~~~??????"));
}

testDenied("T-12: base64 in another spelling is denied", [
  ["the URL-safe alphabet", "malformed", ({ minted }) => {
    const token = withSigns(minted);
    assert.match(token, /[+/]/);
    return token.replaceAll("+", "-").replaceAll("/", "_");
  }],
  ["missing padding of one sign", "malformed", ({ minted }) => padded(minted, 1).slice(0, -1)],
  ["missing padding of two signs", "malformed", ({ minted }) => padded(minted, 2).slice(0, -2)],
  ["half of the padding", "malformed", ({ minted }) => padded(minted, 2).slice(0, -1)],
  ["padding where none belongs", "malformed", ({ minted }) => `${padded(minted, 0)}=`],
  ["a group of padding", "malformed", ({ minted }) => `${padded(minted, 0)}====`],
  ["more padding than belongs", "malformed", ({ minted }) => `${padded(minted, 1)}=`],
  ["a space in front", "malformed", ({ minted }) => minted.replace(PREFIX, `${PREFIX} `)],
  ["a line break inside", "malformed", ({ minted }) => `${minted.slice(0, 80)}\n${minted.slice(80)}`],
  ["a line break behind", "malformed", ({ minted }) => `${minted}\n`],
  ["a space behind", "malformed", ({ minted }) => `${minted} `],
  ["non-zero bits before one padding sign", "malformed", ({ minted }) => withTrailingBits(padded(minted, 1))],
  ["non-zero bits before two padding signs", "malformed", ({ minted }) => withTrailingBits(padded(minted, 2))],
  ["a second token behind", "malformed", ({ minted }) => padded(minted, 2) + minted.slice(PREFIX.length)],
  ["text that is not UTF-8", "malformed", ({ minted }) => {
    const bytes = new TextEncoder().encode(decodeToken(minted));
    bytes[20] = 0xff;
    return encodeToken(bytes);
  }],
  ["a byte order mark", "malformed", ({ minted }) => encodeToken(`\ufeff${decodeToken(minted)}`)],
  ["nothing behind the prefix", "malformed", () => PREFIX],
  ["nothing at all", "not_ours", () => ""],
  ["16 KiB, which no base64 has", "malformed", ({ minted }) => `${grown(minted, 16_384)}=`],
  ["16 KiB and one byte", "too_large", ({ minted }) => `${grown(minted, 16_384)}==`],
  ["valid base64 over 16 KiB", "too_large", ({ minted }) => grown(minted, 16_390)],
  ["40 KB", "too_large", ({ minted }) => grown(minted, 40_000)],
]);

Deno.test("T-12: the largest base64 within 16 KiB is read", async () => {
  await using server = await startReviewServer();
  const { minted } = await contextOf(server);
  const token = grown(minted, 16_384);
  assert.equal(token.length, 16_383);
  await assertAllowed(server, token);
  for (const signs of [0, 1, 2] as const) await assertAllowed(server, padded(minted, signs));
  await assertAllowed(server, withSigns(minted));
});

Deno.test("T-12: a body of 10 MB is refused with 413", async () => {
  await using server = await startReviewServer();
  const token = PREFIX + "A".repeat(10_000_000);
  const { status, body } = await server.review(token);
  assert.deepEqual({ status, review: body.status }, { status: 413, review: undefined });
  assert.equal(server.stsCalls(), 0);
});

testDenied("T-13: another prefix is denied", [
  ["the other cloud's prefix", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-aws-v1.")],
  ["a doubled prefix", "malformed", ({ minted }) => PREFIX + minted],
  ["the other cloud's prefix behind ours", "malformed", ({ minted }) => minted.replace(PREFIX, `${PREFIX}k8s-aws-v1.`)],
  ["the retired prefix", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-ack-v1.")],
  ["a prefix of the next version", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-ack-v3.")],
  ["the prefix in upper case", "not_ours", ({ minted }) => minted.replace(PREFIX, "K8S-ACK-V2.")],
  ["the prefix without its dot", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-ack-v2")],
  ["a space before the prefix", "not_ours", ({ minted }) => ` ${minted}`],
  ["no prefix", "not_ours", ({ minted }) => minted.slice(PREFIX.length)],
]);

testDenied("T-14: a bearer token of somebody else is denied without a word", [
  ...OTHER_BEARER_TOKENS.map(([what, make]): DenyRow => [what, "not_ours", make]),
]);

const AWS_URL = "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=MadeUp";

const AWS_ROWS: readonly DenyRow[] = [
  ["an AWS token", "not_ours", () => `k8s-aws-v1.${btoa(AWS_URL)}`],
  ["an AWS token's text under our prefix", "malformed", () => PREFIX + btoa(AWS_URL)],
  ["our token with AWS's signature", "malformed", ({ json }) => {
    const credential = "AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/sts/aws4_request";
    const signature = "0123456789abcdef".repeat(4);
    json.headers["Authorization"] =
      `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${signature}`;
    return encodeToken(json);
  }],
];

testDenied("S-4: a token of AWS yields no identity here", AWS_ROWS);
