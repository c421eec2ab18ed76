import assert from "node:assert/strict";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { TokenError, type TokenReader } from "../../../lib/clouds/cloud.ts";
import { UsageError } from "../../../lib/errors.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsPairs, awsToken, awsUrl, encodeUrl } from "../../support/aws_tokens.ts";
import type { DenyReason } from "../deny.ts";
import { type DenyRow, testDenied } from "./deny.ts";

const { dave } = DEMO_AWS_PRINCIPALS;

/** A token that is honestly signed for a host. */
function signedFor(host: string, reason: DenyReason, region = "us-east-1"): DenyRow {
  return [JSON.stringify(host), reason, ({ options }) => awsToken(dave, { ...options, host, region })];
}

/** A token that names a host in a spelling that no header can carry. */
function naming(host: string): DenyRow {
  return [JSON.stringify(host), "malformed", ({ pairs }) => encodeUrl(awsUrl(host, pairs))];
}

testDenied("T-06: a host that only looks like one of STS is denied", [
  ...[
    ...[
      "sts.amazonaws.com.evil.com",
      "sts.amazonaws.com.evil.example",
      "evilsts.amazonaws.com",
      "evil-sts.amazonaws.com",
    ],
    ...[
      "sts.s3.amazonaws.com",
      "sts.not-a-region.amazonaws.com",
      "sts.us-east-9.amazonaws.com",
      "sts.us.amazonaws.com",
    ],
    ...[
      "amazonaws.com",
      "com",
      "sts",
      "sts.com",
      "sts.us-east-1",
      "sts.us-east-1.amazonaws",
      "us-east-1.amazonaws.com",
    ],
    ...[
      "s3.us-east-1.amazonaws.com",
      "iam.amazonaws.com",
      "sts.us-east-1.amazonaws.com.s3.amazonaws.com",
      "sts-us-east-1.amazonaws.com",
    ],
    ...["sts.us-east-1.vpce.amazonaws.com", "vpce-0123456789abcdef0-01234567.sts.us-east-1.vpce.amazonaws.com"],
    ...[
      "sts.us-east-1.amazonaws.co",
      "sts.us-east-1.amazonaws.community",
      "sts.us-east-1.amazonaws.com-evil.example",
      "sts.us-east-1amazonaws.com",
    ],
    ...[
      "sts.us-east-1.us-west-2.amazonaws.com",
      "sts.fips.us-east-1.amazonaws.com",
      "sts-fips.amazonaws.com",
      "sts.api.aws",
      "sts.aws-global.amazonaws.com",
    ],
    ...[
      "sts..us-east-1.amazonaws.com",
      ".sts.amazonaws.com",
      "sts.amazonaws.com.",
      "sts.us-east-1.amazonaws.com.",
      "sts.amazonaws.com..",
      "..",
      ".",
    ],
    ...[
      "sts.amazonaws.com:443",
      "sts.amazonaws.com:8443",
      "sts.us-east-1.amazonaws.com:443",
      "sts.amazonaws.com:80",
      "sts.amazonaws.com:1",
    ],
    ...[
      "127.0.0.1",
      "127.0.0.1:1",
      "127.1",
      "2130706433",
      "0x7f.0.0.1",
      "0177.0.0.1",
      "0.0.0.0",
      "169.254.169.254",
      "localhost",
      "localhost:443",
    ],
    ...["xn--sts-amazonaws", "constructor", "tostring", "valueof", "-", "sts-.amazonaws.com"],
  ].map((host) => signedFor(host, "wrong_host")),
  ...[
    ...["STS.amazonaws.com", "sts.AMAZONAWS.com", "Sts.us-east-1.amazonaws.com", "sts.US-EAST-1.amazonaws.com"],
    ...[
      "sts.amazonaws.com:",
      "sts.amazonaws.com:0",
      "sts.amazonaws.com:0443",
      "sts.amazonaws.com:+443",
      "sts.amazonaws.com:443443",
      "sts.amazonaws.com:443:443",
    ],
    ...[
      "[::1]",
      "[::ffff:127.0.0.1]:443",
      "::1",
      "[sts.amazonaws.com]",
      "sts.amazonaws.com,evil.example",
      "sts.amazonaws.com;evil.example",
    ],
    ...[
      "*.amazonaws.com",
      "sts.*.amazonaws.com",
      "sts_.amazonaws.com",
      "sts.amazonaws.com%2eevil.example",
      "sts.amazonaws.com%00.evil.example",
      "%73ts.amazonaws.com",
    ],
    ...["__proto__", "sts!.amazonaws.com", "sts$.amazonaws.com", "sts.amazonaws.com&evil", "", "a".repeat(254)],
  ].map((host) => signedFor(host, "malformed")),
  ...[
    ...["ｓｔｓ.amazonaws.com", "sts.amazonaws。com", "sts．amazonaws.com", "sts.amazonaws.cοm", "ѕts.amazonaws.com"],
    ...[
      "sts\u00ad.amazonaws.com",
      "sts\u200b.amazonaws.com",
      "ﬆs.amazonaws.com",
      "sts.amazonaws.com\u0000",
      "sts.amazonaws.com\u2024evil",
    ],
  ].map(naming),
]);

testDenied("T-06: a host of another partition is denied", [
  signedFor("sts.cn-north-1.amazonaws.com.cn", "wrong_host", "cn-north-1"),
  signedFor("sts.us-gov-west-1.amazonaws.com", "wrong_host", "us-gov-west-1"),
  signedFor("sts.us-iso-east-1.c2s.ic.gov", "wrong_host", "us-iso-east-1"),
  signedFor("sts.eusc-de-east-1.amazonaws.eu", "wrong_host", "eusc-de-east-1"),
  signedFor("sts.us-east-1.amazonaws.com.cn", "wrong_host"),
  signedFor("sts.us-east-1.amazonaws.eu", "wrong_host"),
  signedFor("sts.us-east-1.c2s.ic.gov", "wrong_host"),
  signedFor("sts.cn-north-1.amazonaws.com", "wrong_host", "cn-north-1"),
]);

testDenied("T-06: in China's partition, the hosts of the others are denied", [
  signedFor("sts.amazonaws.com", "wrong_host"),
  signedFor("sts.us-east-1.amazonaws.com", "wrong_host"),
  signedFor("sts.amazonaws.com.cn", "wrong_host", "cn-north-1"),
  signedFor("sts.cn-north-1.amazonaws.com", "wrong_host", "cn-north-1"),
  signedFor("sts.cn-north-1.api.aws", "wrong_host", "cn-north-1"),
], {
  partition: "aws-cn",
  mappings: 'mapUsers: [{userARN: "arn:aws-cn:iam::123456789012:user/dave", username: dave}]',
  principals: [
    { ...dave, identity: { ...dave.identity, Arn: "arn:aws-cn:iam::123456789012:user/dave" } },
  ],
});

testDenied("S-2: a host that a lax expression takes, and pairs that a lax reader drops, are denied", [
  signedFor("sts.s3.amazonaws.com", "wrong_host"),
  signedFor("sts.anything.amazonaws.com", "wrong_host"),
  ...["%gh=x", "x=%gh", ";", "Action=GetCallerIdentity;Action=AssumeRole", "Action", "=", "&"].map((pair): DenyRow => [
    `the pair ${pair}`,
    "malformed",
    ({ options, pairs }) => encodeUrl(awsUrl(options.host, [...pairs, pair])),
  ]),
]);

/** What a partition's reader makes of hosts; nothing is sent. */
const HOSTS: ReadonlyArray<readonly [partition: string, host: string, region: string, denied?: DenyReason]> = [
  ["aws", "sts.amazonaws.com", "us-east-1"],
  ["aws", "sts.amazonaws.com", "us-west-2", "malformed"],
  ["aws", "sts.us-east-1.amazonaws.com", "us-east-1"],
  ["aws", "sts.us-east-1.amazonaws.com", "us-east-2", "malformed"],
  ["aws", "sts-fips.us-west-2.amazonaws.com", "us-west-2"],
  ["aws", "sts-fips.us-west-2.amazonaws.com", "us-east-1", "malformed"],
  ["aws", "sts.eu-central-1.api.aws", "eu-central-1"],
  ["aws", "sts.eu-central-1.api.aws", "us-east-1", "malformed"],
  ["aws", "sts-fips.us-east-2.api.aws", "us-east-2"],
  ["aws", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1", "wrong_host"],
  ["aws-cn", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"],
  ["aws-cn", "sts.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"],
  ["aws-cn", "sts.cn-north-1.amazonaws.com.cn", "cn-northwest-1", "malformed"],
  ["aws-cn", "sts.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1"],
  ["aws-cn", "sts.amazonaws.com", "us-east-1", "wrong_host"],
  ["aws-cn", "sts.us-east-1.amazonaws.com.cn", "us-east-1", "wrong_host"],
  ["aws-us-gov", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
  ["aws-us-gov", "sts.us-gov-east-1.amazonaws.com", "us-gov-east-1"],
  ["aws-us-gov", "sts.amazonaws.com", "us-east-1", "wrong_host"],
  ["aws-us-gov", "sts.us-east-1.amazonaws.com", "us-east-1", "wrong_host"],
  ["aws-iso", "sts.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"],
  ["aws-iso", "sts.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", "wrong_host"],
  ["aws-iso-b", "sts.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"],
  ["aws-eusc", "sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"],
  ["aws-eusc", "sts.amazonaws.com", "us-east-1", "wrong_host"],
];

const NOW = new Date("2026-11-22T12:00:00Z");
const CONTEXT = { clusterId: "prod", now: NOW };

function readerOf(partition: string, stsHosts: readonly string[] = []): Promise<TokenReader> {
  const choice = { stsEndpoint: undefined, region: undefined, network: "public", partition, stsHosts } as const;
  return aws.createReader(choice, () => Promise.resolve(false));
}

for (const [partition, host, region, denied] of HOSTS) {
  Deno.test(`T-06: partition ${partition} ${denied ? "denies" : "asks"} ${host}, signed for ${region}`, async () => {
    const reader = await readerOf(partition);
    const read = () => reader.read(awsToken(dave, { ...CONTEXT, host, region }), CONTEXT);
    if (denied === undefined) assert.equal(read().host, host);
    else assert.throws(read, (refusal) => refusal instanceof TokenError && refusal.reason === denied);
  });
}

Deno.test("T-06: a host that the operator added is taken as it is written, and no other", async () => {
  const reader = await readerOf("aws", ["sts.corp.example:8443"]);
  const read = (host: string) => reader.read(encodeUrl(awsUrl(host, awsPairs(dave, { ...CONTEXT, host }))), CONTEXT);
  assert.equal(read("sts.corp.example:8443").host, "sts.corp.example:8443");
  for (
    const host of [
      "sts.corp.example",
      "sts.corp.example:443",
      "sts.corp.example:08443",
      "sts.corp.example.:8443",
      "x.sts.corp.example:8443",
    ]
  ) {
    assert.throws(() => read(host), TokenError, host);
  }
});

for (
  const host of [
    "STS.corp.example",
    "sts.corp.example.",
    "sts.corp.example:443",
    "https://sts.corp.example",
    "sts.corp.example/",
    "*.corp.example",
    "user@sts.corp.example",
    "[::1]:8443",
    "2130706433",
    "127.1",
    "ｓts.corp.example",
    " sts.corp.example",
    "sts.corp.example:99999",
    "",
  ]
) {
  Deno.test(`T-06: an operator cannot add the host ${JSON.stringify(host)}`, async () => {
    await assert.rejects(readerOf("aws", [host]), UsageError);
  });
}
