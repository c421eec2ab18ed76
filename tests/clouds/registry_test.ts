import assert from "node:assert/strict";
import { cloudOfArn, loadCloud, loadClouds, loadSigner } from "../../lib/clouds/registry.ts";
import { UsageError } from "../../lib/errors.ts";
import type { CloudId, Identity } from "../../lib/identity/identity.ts";

Deno.test("loadCloud() loads Alibaba Cloud, and the same one twice", async () => {
  const cloud = await loadCloud("alibaba");
  assert.equal(cloud.id, "alibaba");
  assert.equal(cloud.tokenPrefix, "k8s-ack-v2.");
  assert.equal(cloud.arnPrefix, "acs:");
  assert.equal(await loadCloud("alibaba"), cloud);
  assert.equal((await loadSigner("alibaba")).id, "alibaba");
});

Deno.test("loadCloud() and loadSigner() load AWS", async () => {
  const cloud = await loadCloud("aws");
  assert.deepEqual([cloud.id, cloud.tokenPrefix, cloud.arnPrefix], ["aws", "k8s-aws-v1.", "arn:"]);
  assert.equal((await loadSigner("aws")).id, "aws");
});

Deno.test("a cloud is told by its ARNs, in any case, and nothing else is one", async () => {
  for (const { id, arnPrefix } of await loadClouds()) {
    assert.equal(cloudOfArn(`${arnPrefix}x`), id);
    assert.equal(cloudOfArn(`${arnPrefix.toUpperCase()}x`), id);
  }
  for (const text of ["", "arn", "acs", " arn:aws:iam::1:role/R", "urn:x"]) assert.equal(cloudOfArn(text), undefined);
});

Deno.test("a cluster id that a signed header would change is refused for AWS, and no id for Alibaba Cloud", async () => {
  const [alibaba, aws] = [await loadCloud("alibaba"), await loadCloud("aws")];
  for (const clusterId of [" eks", "eks ", "e  ks", "e\tks", "caf\u00e9", ""]) {
    assert.throws(() => aws.assertClusterId(clusterId), UsageError);
    alibaba.assertClusterId(clusterId);
  }
  aws.assertClusterId("arn:aws:eks:eu-west-1:123456789012:cluster/my-cluster");
});

Deno.test("loadClouds() loads every cloud, each with a prefix of its own", async () => {
  const clouds = await loadClouds();
  assert(clouds.includes(await loadCloud("alibaba")));
  assert.equal(new Set(clouds.map(({ tokenPrefix }) => tokenPrefix)).size, clouds.length);
});

for (const id of ["gcp", "", "ALIBABA"]) {
  Deno.test(`loadCloud() and loadSigner() refuse "${id}", and say what there is`, async () => {
    for (const load of [loadCloud, loadSigner]) {
      await assert.rejects(
        load(id as CloudId),
        (e) => e instanceof UsageError && e.message.includes(`"${id}"`) && e.message.includes("alibaba"),
      );
    }
  });
}

Deno.test("the cloud's reader says its endpoint, and rebuilds the call for it", async () => {
  const cloud = await loadCloud("alibaba");
  const reader = await cloud.createReader(
    { stsEndpoint: undefined, region: "cn-hangzhou", network: "public" },
    () => Promise.reject(new Error("nothing is to be probed")),
  );
  assert.equal(reader.endpoint, "sts.cn-hangzhou.aliyuncs.com (configured)");
});

Deno.test("the cloud's extra has the keys of the peer, one value each", async () => {
  const identity: Identity = {
    cloud: "alibaba",
    arn: "acs:ram::1:assumed-role/R/s",
    canonicalArn: "acs:ram::1:role/R",
    accountId: "1",
    principalId: "3",
    sessionName: "s",
    accessKeyId: "STS.NMadeUp",
  };
  assert.deepEqual((await loadCloud("alibaba")).extra(identity), {
    arn: [identity.arn],
    canonicalArn: [identity.canonicalArn],
    sessionName: ["s"],
  });
});
