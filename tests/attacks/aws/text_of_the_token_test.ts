import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { awsPairs, awsToken, awsUrl, decodeUrl, encodeUrl } from "../../support/aws_tokens.ts";
import { encodeToken, tokenJson } from "../../support/tokens.ts";
import { JWT, OTHER_BEARER_TOKENS } from "../bearer_tokens.ts";
import {
  assertAllowed,
  contextOf,
  type DenyContext,
  type DenyRow,
  rewritten,
  startAwsServer,
  testDenied,
} from "./deny.ts";

const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const PREFIX = "k8s-aws-v1.";

/** A valid token whose last group of base64 has this many digits; the life that it claims makes the length. */
function ending(digits: 0 | 2 | 3, { options }: DenyContext): string {
  return ["6", "60", "600"]
    .map((life) => encodeUrl(awsUrl(options.host, awsPairs(dave, options, { query: { "X-Amz-Expires": life } }))))
    .find((token) => (token.length - PREFIX.length) % 4 === digits)!;
}

/** The same bytes with another last digit: its low bits are used by no byte. */
function withTrailingBits(token: string): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + digits[digits.indexOf(token.at(-1)!) + 1]!;
}

/** A token with a security token that makes it as long as may be without being longer than this. */
function grown(chars: number, { options }: DenyContext): string {
  const bytes = Math.floor((chars - PREFIX.length) * 3 / 4);
  const start = clusterAdmin.securityToken;
  const lacking = bytes - decodeUrl(awsToken(clusterAdmin, options)).length;
  return awsToken({ ...clusterAdmin, securityToken: start + "A".repeat(lacking) }, options);
}

testDenied("T-12: base64 in another spelling is denied", [
  ["the standard alphabet", "malformed", ({ minted }) => {
    const token = encodeUrl(decodeUrl(minted).replace("?Action", "?>>>???"));
    assert.match(token.slice(PREFIX.length), /[-_]/);
    return token.replace(/[-_]/g, (sign) => sign === "-" ? "+" : "/").replace("k8s+aws+v1", "k8s-aws-v1");
  }],
  ["padding of one sign", "malformed", (context) => `${ending(3, context)}=`],
  ["padding of two signs", "malformed", (context) => `${ending(2, context)}==`],
  ["half of the padding", "malformed", (context) => `${ending(2, context)}=`],
  ["padding where none belongs", "malformed", (context) => `${ending(0, context)}=`],
  ["a group of padding", "malformed", (context) => `${ending(0, context)}====`],
  ["encoded padding", "malformed", (context) => `${ending(3, context)}%3D`],
  ["a digit too many", "malformed", (context) => `${ending(0, context)}A`],
  ["a digit too few", "malformed", (context) => ending(2, context).slice(0, -1)],
  ["a space in front", "malformed", ({ minted }) => minted.replace(PREFIX, `${PREFIX} `)],
  ["a line break inside", "malformed", ({ minted }) => `${minted.slice(0, 80)}\n${minted.slice(80)}`],
  ["a tab inside", "malformed", ({ minted }) => `${minted.slice(0, 80)}\t${minted.slice(80)}`],
  ["a line break behind", "malformed", ({ minted }) => `${minted}\n`],
  ["a space behind", "malformed", ({ minted }) => `${minted} `],
  ["a zero byte behind", "malformed", ({ minted }) => `${minted}\0`],
  ["a dot behind", "malformed", ({ minted }) => `${minted}.`],
  ["non-zero bits in a last group of two digits", "malformed", (context) => withTrailingBits(ending(2, context))],
  ["non-zero bits in a last group of three digits", "malformed", (context) => withTrailingBits(ending(3, context))],
  ["a second token behind", "malformed", ({ minted }) => minted + minted.slice(PREFIX.length)],
  ["digits of another script", "malformed", ({ minted }) => minted.slice(0, -9) + minted.slice(-9).replace(/./, "１")],
  ["the token encoded once more", "malformed", ({ minted }) => encodeUrl(minted)],
  ["the base64 encoded once more", "malformed", ({ minted }) => encodeUrl(minted.slice(PREFIX.length))],
  rewritten("a byte order mark", (url) => `\ufeff${url}`),
  ["nothing behind the prefix", "malformed", () => PREFIX],
  ["nothing at all", "not_ours", () => ""],
  ["16 KiB and one byte", "too_large", (context) => grown(16_384, context).padEnd(16_385, "A")],
  ["valid base64 over 16 KiB", "too_large", (context) => grown(16_400, context)],
  ["40 KB", "too_large", (context) => grown(40_000, context)],
]);

Deno.test("T-12: base64 is read whatever its last group of digits", async () => {
  await using server = await startAwsServer();
  const context = await contextOf(server);
  for (const digits of [0, 2, 3] as const) await assertAllowed(server, ending(digits, context));
});

Deno.test("T-12: the largest security token that is read makes a token of 16 KiB", async () => {
  const securityToken = "MadeUp".padEnd(11_900, "A");
  const principal = { ...clusterAdmin, securityToken };
  await using server = await startAwsServer({ principals: [principal] });
  const { options } = await contextOf(server);
  const token = awsToken(principal, options);
  assert.ok(token.length > 16_200 && token.length <= 16_384, `${token.length}`);
  await assertAllowed(server, token, "admin:dave-example.com");
});

Deno.test("T-12: a body of 10 MB is refused with 413", async () => {
  await using server = await startAwsServer();
  const { status, body } = await server.review(PREFIX + "A".repeat(10_000_000));
  assert.deepEqual({ status, review: body.status }, { status: 413, review: undefined });
  assert.equal(server.stsCalls(), 0);
});

testDenied("T-13: another prefix is denied", [
  ["the other cloud's prefix", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-ack-v2.")],
  ["a doubled prefix", "malformed", ({ minted }) => PREFIX + minted],
  ["the other cloud's prefix behind ours", "malformed", ({ minted }) => minted.replace(PREFIX, `${PREFIX}k8s-ack-v2.`)],
  ["the other cloud's prefix in front of ours", "not_ours", ({ minted }) => `k8s-ack-v2.${minted}`],
  ["the other cloud's retired prefix", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-ack-v1.")],
  ["a prefix of the next version", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-aws-v2.")],
  ["a prefix of a version before the first", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-aws-v0.")],
  ["the prefix in upper case", "not_ours", ({ minted }) => minted.replace(PREFIX, "K8S-AWS-V1.")],
  ["the prefix without its dot", "not_ours", ({ minted }) => minted.replace(PREFIX, "k8s-aws-v1")],
  ["the prefix with two dots", "malformed", ({ minted }) => minted.replace(PREFIX, `${PREFIX}.`)],
  ["a space before the prefix", "not_ours", ({ minted }) => ` ${minted}`],
  ["a line break before the prefix", "not_ours", ({ minted }) => `\n${minted}`],
  ["no prefix", "not_ours", ({ minted }) => minted.slice(PREFIX.length)],
  ["the bare URL", "not_ours", () => "https://sts.amazonaws.com/?Action=GetCallerIdentity"],
]);

testDenied("T-14: a bearer token of somebody else is denied without a word", [
  ...OTHER_BEARER_TOKENS.map(([what, make]): DenyRow => [what, "not_ours", make]),
  ["a JWT behind our prefix", "malformed", () => PREFIX + JWT],
  ["random bytes behind our prefix", "malformed", () => encodeUrl(crypto.getRandomValues(new Uint8Array(512)))],
]);

const alibabaJson = ({ options }: DenyContext) => tokenJson(DEMO_PRINCIPALS.alice, options);

const ALIBABA_ROWS: readonly DenyRow[] = [
  ["an Alibaba token", "not_ours", (context) => encodeToken(alibabaJson(context))],
  [
    "an Alibaba token's text under our prefix",
    "malformed",
    (context) => encodeUrl(JSON.stringify(alibabaJson(context))),
  ],
  [
    "an Alibaba token's base64 under our prefix",
    "malformed",
    (context) => encodeToken(alibabaJson(context)).replace("k8s-ack-v2.", PREFIX),
  ],
  rewritten("our URL with an algorithm of Alibaba Cloud", (url) => url.replace("AWS4-HMAC-SHA256", "ACS3-HMAC-SHA256")),
  rewritten("our URL with an action of Alibaba Cloud", (url) => `${url}&x-acs-action=GetCallerIdentity`),
];

testDenied("S-4: a token of Alibaba Cloud yields no identity here", ALIBABA_ROWS);
