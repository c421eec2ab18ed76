import assert from "node:assert/strict";
import type { Identity } from "../../lib/identity/identity.ts";
import { aws } from "../../lib/clouds/aws/cloud.ts";
import { loadSigner } from "../../lib/clouds/registry.ts";
import { createInstanceNames } from "../../lib/server/instance_names.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { described, startEc2 } from "../support/stand_ins/ec2.ts";

const ID = "i-0123456789abcdef0";
const NAME = "ip-10-0-0-1.eu-west-1.compute.internal";
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/EXAMPLEKEY" };
const NODE: Identity = {
  cloud: "aws",
  arn: `arn:aws:sts::123456789012:assumed-role/Node/${ID}`,
  canonicalArn: "arn:aws:iam::123456789012:role/Node",
  accountId: "123456789012",
  principalId: "AROAMADEUP",
  sessionName: ID,
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
};

Deno.test("the first instance that logs in makes the server ask EC2, with the credentials of its environment", async () => {
  await using ec2 = startEc2(() => described({ [ID]: NAME }));
  let calls = 0;
  const environment: Record<string, string> = {};
  const world = {
    ...fakeWorld(),
    env: (name: string) => ({ HOME: "/nonexistent", ...KEYS, ...environment })[name],
    fetch,
  };
  const rate = () => ({ perSecond: 15, burst: 5 });
  const options = { rate, roleArn: undefined, sourceArn: undefined, endpoint: ec2.endpoint };
  const sts = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };
  const names = createInstanceNames(world, { ...options, sts }, {
    cloud: { id: aws.id, instances: aws.instances! },
    client: ec2.client,
    onCall: () => calls++,
  });

  // A login waits two seconds for a name: on a busy machine the first load of AWS's code takes longer.
  await Promise.all([loadSigner("aws"), import("../../lib/clouds/aws/instances.ts")]);

  assert.equal((await names.find({ ...NODE, sessionName: "dave" })).kind, "none");
  assert.equal(calls, 0);
  await assert.rejects(names.find(NODE), { code: "ERR_PRIVATE_DNS_NAMES", message: /no region is configured/ });
  assert.equal(ec2.asked.length, 0);

  environment.AWS_REGION = "eu-west-1";
  for (let i = 0; i < 2; i++) assert.deepEqual(await names.find(NODE), { kind: "found", name: NAME });
  assert.equal(ec2.asked.length, 1);
  assert.equal(calls, 2);
  assert.match(
    ec2.asked[0]?.headers.get("authorization") ?? "",
    /Credential=AKIAIOSFODNN7EXAMPLE\/\d+\/eu-west-1\/ec2/,
  );
});
