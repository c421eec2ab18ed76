import assert from "node:assert/strict";
import {
  canonicalRequest,
  headersWithSignature,
  sign,
  signatureDate,
  signingKey,
  stringToSign,
} from "../../../lib/clouds/aws/sigv4.ts";
import { signedParameters } from "../../../lib/clouds/aws/token.ts";
import { Secret } from "../../../lib/secret.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The canonical request's hash and the day's key, made with another language's library. */
const STEPS: Readonly<Record<string, { sha256: string; key: string }>> = {
  "user in us-east-1, global host": {
    sha256: "656c9ff59b12be815dbacf6259628b6f8417a45bd26621f5e6b38ee0165a4cc8",
    key: "1ac78afcb1532ca659e83802b0f9b144a4ca0e8ecbf3bf015f2a07769ec4edca",
  },
  "user in us-west-2, regional host": {
    sha256: "bf4479d4b3f50ac65ed629803d80d800de3702fa0e4e60df2197a1fd6dc53574",
    key: "22a059acfaed25628d967ec2d3328ebb29769e83de3cd5f9f7d8dcd514f59712",
  },
  "session credentials": {
    sha256: "af0f9fed33a6c148752d943045d2c3017a4c550071ba8d3488936e0e889cf786",
    key: "c1b423ad9101e81e9d7f03d852e7ccde0fe61246a417164e523d81dba7093950",
  },
  "china partition": {
    sha256: "765698eb75736b77902f7a72358dcccb84d5ea082e0668a3c56904a5f986b5c2",
    key: "81f5d2206c038a0991e75e213745250c6f0b3fe41c56c47f2a451bc204204944",
  },
  "govcloud": {
    sha256: "47d23eb09b340cacb05f0368b53275e15243b63b8b8bdc175f9998ac81d8ea35",
    key: "5f74cb8d0b84f586c118a07be88d8b884565b14e65d662a01c15964efe8b3da3",
  },
  "fips host": {
    sha256: "9923b8d2eb4dbd61ef5e1556556bf6757bf72e2d9813716ca56991abcdd24370",
    key: "94b99b7a7ae2b2f4b0ab97959ebd3c5ac6ccb0e5c6ed04244006b8783dd82205",
  },
};

for (const vector of vectors) {
  Deno.test(`the signature of botocore comes out at every step: ${vector.name}`, async () => {
    const { sha256, key } = STEPS[vector.name]!;
    const { host, region, date, clusterId } = vector;
    const query = signedParameters({
      host,
      region,
      date,
      accessKeyId: vector.accessKeyId,
      expires: "60",
      securityToken: vector.sessionToken,
    });
    const request = { method: "GET", query, headers: { "x-k8s-aws-id": clusterId, host }, body: "" } as const;
    const secret = new Secret(vector.secretAccessKey);
    const [signature] = /(?<=&X-Amz-Signature=).*$/.exec(vector.url) ?? [];
    const sorted = new URL(vector.url).search.slice(1).split("&").filter((pair) => !pair.includes("Signature=")).sort();

    assert.equal(
      await canonicalRequest(request),
      `GET\n/\n${sorted.join("&")}\nhost:${host}\nx-k8s-aws-id:${clusterId}\n\nhost;x-k8s-aws-id\n${EMPTY_SHA256}`,
    );
    assert.equal(
      await stringToSign(request, { date, region }),
      `AWS4-HMAC-SHA256\n${date}\n${date.slice(0, 8)}/${region}/sts/aws4_request\n${sha256}`,
    );
    assert.equal((await signingKey(secret, { date, region })).toHex(), key);
    assert.equal(await sign(request, { date, region }, secret), signature);
  });
}

for (
  const [what, securityToken, names, signature] of [
    [
      "long-lived keys",
      undefined,
      "content-type;host;x-amz-date",
      "d1211b2ec4e2a3c09b2c921ceebb7a5fdf5dc2382f9fcacc2e737b4c98cc14f0",
    ],
    [
      "temporary keys",
      "FwoGZXIvYXdzEXAMPLE//token+with=chars==",
      "content-type;host;x-amz-date;x-amz-security-token",
      "db5131f1bbada0044d42595c9a06010e30985898ec546c01ade76a68fa2abb4d",
    ],
  ] as const
) {
  Deno.test(`headersWithSignature() signs a form as botocore 1.43.11 does, with ${what}`, async () => {
    const body = "Action=AssumeRole&Version=2011-06-15" +
      "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fops%2FClusterViewer" +
      "&RoleSessionName=dave%40example.com&DurationSeconds=900&ExternalId=Made%20Up%2FId%2A";
    const own = {
      host: "sts.eu-west-1.amazonaws.com",
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    };
    const headers = await headersWithSignature({ method: "POST", query: {}, headers: own, body }, {
      date: "20261122T120000Z",
      region: "eu-west-1",
    }, {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      accessKeySecret: new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      ...(securityToken && { securityToken: new Secret(securityToken) }),
      source: "a test",
    });
    assert.deepEqual(headers, {
      ...own,
      "x-amz-date": "20261122T120000Z",
      ...(securityToken && { "x-amz-security-token": securityToken }),
      authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/eu-west-1/sts/aws4_request, " +
        `SignedHeaders=${names}, Signature=${signature}`,
    });
  });
}

Deno.test("signatureDate() writes the second that has begun", () => {
  assert.equal(signatureDate(new Date("2026-11-22T12:00:00.999Z")), "20261122T120000Z");
});
