import assert from "node:assert/strict";
import { createInstanceAsker } from "../../../lib/clouds/aws/instances.ts";
import type { InstancesOptions } from "../../../lib/clouds/instances.ts";
import { type Credentials, CredentialsError } from "../../../lib/clouds/signer.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { World } from "../../../lib/world.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { CERTIFICATE, DATE, startStage } from "../../emulator/stage.ts";
import { described, startEc2, xml } from "../../support/stand_ins/ec2.ts";
import { credentialsOf } from "../../support/minted_token.ts";

const ID = "i-0123456789abcdef0";
const OTHER = "i-0fedcba9876543210";
const NAME = "ip-10-0-0-1.eu-west-1.compute.internal";
const STS = { region: "eu-west-1", endpoint: undefined, caFile: undefined, profile: undefined };
const DAVE = credentialsOf(DEMO_AWS_PRINCIPALS.dave);

function refused(code: string, message: string, status = 400): Response {
  return xml(
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors>` +
      `<RequestID>1</RequestID></Response>`,
    status,
  );
}

function world(environment: Readonly<Record<string, string>> = {}): World {
  return { ...fakeWorld({ HOME: "/nonexistent", ...environment }), fetch, now: () => new Date(DATE) };
}

function options(over: Partial<InstancesOptions> & Pick<InstancesOptions, "client">): InstancesOptions {
  return {
    findCredentials: () => Promise.resolve(DAVE),
    roleArn: undefined,
    sourceArn: undefined,
    sts: STS,
    ...over,
  };
}

Deno.test("EC2 is asked in one signed call, by a filter, and gives the names of the instances it knows", async () => {
  await using ec2 = startEc2(() => described({ [ID]: NAME, [OTHER]: "" }));
  const ask = await createInstanceAsker(world(), options(ec2));
  assert.deepEqual([...await ask([ID, OTHER, "i-01234567"])], [[ID, NAME]]);
  assert.equal(ec2.asked.length, 1);
  const { path, form, headers } = ec2.asked[0]!;
  assert.equal(path, "/");
  assert.deepEqual(Object.fromEntries(form), {
    Action: "DescribeInstances",
    Version: "2016-11-15",
    "Filter.1.Name": "instance-id",
    "Filter.1.Value.1": ID,
    "Filter.1.Value.2": OTHER,
    "Filter.1.Value.3": "i-01234567",
  });
  const credential = `Credential=${DAVE.accessKeyId}/\\d{8}/eu-west-1/ec2/aws4_request`;
  assert.match(headers.get("authorization") ?? "", new RegExp(`^AWS4-HMAC-SHA256 ${credential}, SignedHeaders=`));
  assert.equal(headers.get("host"), new URL(ec2.endpoint).host);
  assert.match(headers.get("user-agent") ?? "", /ram-auth/);
});

Deno.test("two hundred instances fit into a call, and none known is an answer", async () => {
  await using ec2 = startEc2(() => described({}));
  const ask = await createInstanceAsker(world(), options(ec2));
  const ids = Array.from({ length: 200 }, (_, i) => `i-${i.toString(16).padStart(8, "0")}`);
  assert.deepEqual([...await ask(ids)], []);
  assert.equal(ec2.asked[0]?.form.get("Filter.1.Value.200"), ids[199]);
});

for (
  const [what, answer, says] of [
    [
      "refuses",
      () => refused("UnauthorizedOperation", "You are not authorized", 403),
      /UnauthorizedOperation: You are not authorized; allow "ec2:DescribeInstances"$/,
    ],
    [
      "asks for fewer calls",
      () => refused("RequestLimitExceeded", "Request limit exceeded.", 503),
      /RequestLimitExceeded: .*; ask less often, by ec2DescribeInstancesQps$/,
    ],
    ["breaks", () => new Response("<html>bad gateway</html>", { status: 502 }), /; check the network, /],
    ["answers with an empty body", () => new Response("", { status: 500 }), /; check the network, /],
    ["answers with no XML", () => new Response("{}"), /^Cannot ask EC2/],
    ["answers with broken XML", () => xml("<DescribeInstancesResponse><reservationSet>"), /^Cannot ask EC2/],
    ["answers something else", () => xml("<Other/>"), /it returned an unexpected/],
    [
      "answers in parts",
      () => described({ [ID]: NAME }, "<nextToken>more</nextToken>"),
      /or incomplete answer; check the network/,
    ],
    [
      "leads elsewhere",
      () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
      /^Cannot ask EC2/,
    ],
    ["answers too much", () => described({ [ID]: "a".repeat(8_388_608) }), /larger than 8388608 bytes/],
    [
      "moves the cursor in its message",
      () => refused("AuthFailure", "&#27;[2Jgone"),
      /"eu-west-1": AuthFailure: [ -~]*gone; check the credentials, and that the region is switched on$/,
    ],
  ] as const
) {
  Deno.test(`an EC2 that ${what} is asked once, and gives an error and never an empty answer`, async () => {
    await using ec2 = startEc2(answer);
    const ask = await createInstanceAsker(world(), options(ec2));
    await assert.rejects(ask([ID]), (e: Error & { code?: string }) => {
      assert.equal(e.code, "ERR_EC2");
      assert.match(e.message, /^Cannot ask EC2 in region "eu-west-1": /);
      assert.match(e.message, says);
      assert.ok(!e.message.includes(DAVE.accessKeySecret.reveal()));
      return true;
    });
    assert.equal(ec2.asked.length, 1);
  });
}

Deno.test("an EC2 that cannot be reached gives an error", async () => {
  const ec2 = startEc2(() => described({}));
  await ec2[Symbol.asyncDispose]();
  using client = Deno.createHttpClient({ http2: false });
  const ask = await createInstanceAsker(world(), options({ ...ec2, client }));
  await assert.rejects(ask([ID]), { code: "ERR_EC2" });
});

Deno.test("an error of the credentials is told as it is, and they are looked for again at the next call", async () => {
  await using ec2 = startEc2(() => described({ [ID]: NAME }));
  const found: Array<() => Credentials> = [
    () => {
      throw new CredentialsError("Cannot find credentials for a test");
    },
    () => DAVE,
  ];
  const findCredentials = () => Promise.try(found.shift() ?? assert.fail);
  const ask = await createInstanceAsker(world(), options({ ...ec2, findCredentials }));
  await assert.rejects(ask([ID]), { code: "ERR_CREDENTIALS" });
  assert.equal((await ask([ID])).get(ID), NAME);
  assert.equal((await ask([ID])).get(ID), NAME, "credentials that do not end are kept");
});

Deno.test("credentials are looked for again before they end", async () => {
  await using ec2 = startEc2(() => described({ [ID]: NAME }));
  let searches = 0;
  const findCredentials = () => {
    searches++;
    return Promise.resolve({ ...DAVE, expiresAt: new Date(Date.now() + (searches === 1 ? 240_000 : 900_000)) });
  };
  const ask = await createInstanceAsker(world(), options({ ...ec2, findCredentials }));
  for (let i = 0; i < 3; i++) await ask([ID]);
  assert.equal(searches, 2);
});

Deno.test("with a role, EC2 is asked with the keys that STS gives for it, on behalf of the source", async () => {
  await using stage = startStage();
  await using ec2 = startEc2(() => described({ [ID]: NAME }));
  await withFile(CERTIFICATE.caPem, async (caFile) => {
    const roleArn = "arn:aws:iam::123456789012:role/ops/ClusterViewer";
    const sent: Headers[] = [];
    const heard: typeof fetch = (input, init) => {
      sent.push(new Headers(init?.headers));
      return fetch(input, init);
    };
    const sts = { ...STS, endpoint: stage.emulator.host, caFile };
    const sourceArn = "arn:aws:eks:eu-west-1:210987654321:cluster/made-up";
    const ask = await createInstanceAsker({ ...world(), fetch: heard }, options({ ...ec2, roleArn, sourceArn, sts }));
    assert.equal((await ask([ID])).get(ID), NAME);
    const key = /Credential=(\w+)/.exec(ec2.asked[0]?.headers.get("authorization") ?? "")?.[1];
    assert.match(key ?? "", /^ASIA/);
    assert.notEqual(key, DAVE.accessKeyId);
    assert.ok(ec2.asked[0]?.headers.has("x-amz-security-token"));
    assert.equal(sent[0]?.get("x-amz-source-arn"), sourceArn);
    assert.equal(sent[0]?.get("x-amz-source-account"), "210987654321");
    assert.match(sent[0]?.get("authorization") ?? "", /SignedHeaders=[^,]*x-amz-source-account;x-amz-source-arn/);
  });
});

Deno.test("a role that STS refuses, and a source that is no ARN, are told as they are", async () => {
  await using stage = startStage();
  await using ec2 = startEc2(() => described({}));
  await withFile(CERTIFICATE.caPem, async (caFile) => {
    const sts = { ...STS, endpoint: stage.emulator.host, caFile };
    const asAnother = options({ ...ec2, sts, roleArn: "arn:aws:iam::123456789012:role/Nobody" });
    await assert.rejects((await createInstanceAsker(world(), asAnother))([ID]), { code: "ERR_ASSUME_ROLE" });
    const forAnything = { ...asAnother, sourceArn: "my cluster" };
    await assert.rejects((await createInstanceAsker(world(), forAnything))([ID]), { code: "ERR_USAGE" });
  });
  assert.equal(ec2.asked.length, 0);
});

Deno.test("the region is the one given, else the environment's; without any, EC2 is not asked", async () => {
  await using ec2 = startEc2(() => described({}));
  const regionOf = async (given: string | undefined, environment: Readonly<Record<string, string>>) => {
    await (await createInstanceAsker(world(environment), options({ ...ec2, sts: { ...STS, region: given } })))([ID]);
    return ec2.asked.at(-1)?.headers.get("authorization")?.split("/")[2];
  };
  assert.equal(await regionOf("eu-west-1", { AWS_REGION: "us-east-2" }), "eu-west-1");
  assert.equal(await regionOf(undefined, { AWS_REGION: "us-east-2" }), "us-east-2");
  await assert.rejects(regionOf(undefined, {}), { code: "ERR_USAGE" });
});
