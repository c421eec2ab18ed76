import assert from "node:assert/strict";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { type EndpointChoice, TokenError } from "../../../lib/clouds/cloud.ts";
import { UsageError } from "../../../lib/errors.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

const CHOICE: EndpointChoice = { stsEndpoint: undefined, region: undefined, network: "auto" };
const CONTEXT = { clusterId: "my-dev-cluster.example.com", now: new Date("2026-11-21T12:00:00Z") };

function neverAsked(host: string): Promise<boolean> {
  return Promise.reject(new Error(`"${host}" was probed`));
}

Deno.test("AWS is known by the peer's names", () => {
  assert.deepEqual(
    { id: aws.id, tokenPrefix: aws.tokenPrefix, uidPrefix: aws.uidPrefix, arnPrefix: aws.arnPrefix },
    { id: "aws", tokenPrefix: "k8s-aws-v1.", uidPrefix: "aws-iam-authenticator", arnPrefix: "arn:" },
  );
  assert.equal(aws.readArnPattern("arn:aws:iam::123456789012:role/R").kind, "role");
});

Deno.test("a reader judges tokens of partition aws where none is configured", async () => {
  const reader = await aws.createReader(CHOICE, neverAsked);
  assert.match(reader.endpoint, /^hosts of partition aws \(\d+\)$/);
  assert.equal(reader.read(vectors[0]!.token, CONTEXT).host, "sts.amazonaws.com");
  const china = vectors.find(({ region }) => region === "cn-north-1")!;
  assert.throws(() => reader.read(china.token, CONTEXT), (e) => e instanceof TokenError && e.reason === "wrong_host");
});

Deno.test("a reader judges tokens of the partition and for the hosts that are configured", async () => {
  const reader = await aws.createReader(
    { ...CHOICE, partition: "aws-cn", stsHosts: ["sts.us-east-2.example.com"] },
    neverAsked,
  );
  assert.equal(reader.endpoint, "hosts of partition aws-cn (8) and 1 configured");
  const china = vectors.find(({ region }) => region === "cn-north-1")!;
  assert.equal(reader.read(china.token, CONTEXT).host, china.host);
  assert.throws(
    () => reader.read(vectors[0]!.token, CONTEXT),
    (e) => e instanceof TokenError && e.reason === "wrong_host",
  );
});

for (
  const [what, choice] of [
    ["a partition that is not known", { partition: "aws-mars" }],
    ["a host that is none", { stsHosts: ["https://sts.example.com"] }],
  ] as const
) {
  Deno.test(`a reader is not made for ${what}`, async () => {
    await assert.rejects(
      aws.createReader({ ...CHOICE, ...choice }, neverAsked),
      (e) => e instanceof UsageError && e.code === "ERR_USAGE",
    );
  });
}

Deno.test("extra carries what the peer's does", () => {
  const identity = {
    cloud: "aws",
    arn: "arn:aws:sts::123456789012:assumed-role/Role1/session-1",
    canonicalArn: "arn:aws:iam::123456789012:role/Role1",
    accountId: "123456789012",
    principalId: "AROAEXAMPLE",
    sessionName: "session-1",
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  } as const;
  assert.deepEqual(aws.extra(identity), {
    accessKeyId: ["ASIAIOSFODNN7EXAMPLE"],
    arn: ["arn:aws:sts::123456789012:assumed-role/Role1/session-1"],
    canonicalArn: ["arn:aws:iam::123456789012:role/Role1"],
    principalId: ["AROAEXAMPLE"],
    sessionName: ["session-1"],
    "sigs.k8s.io/aws-iam-authenticator/principalId": ["AROAEXAMPLE"],
  });
  assert.deepEqual(aws.extra({ ...identity, sessionName: "" }).sessionName, [""]);
});
