import assert from "node:assert/strict";
import { createHostTable } from "../../../lib/clouds/aws/endpoints.ts";
import { PARTITIONS } from "../../../lib/clouds/aws/partitions.ts";
import { chooseStsHost, regionalHost } from "../../../lib/clouds/aws/sts_host.ts";
import type { StsWanted } from "../../../lib/clouds/signer.ts";
import { RamAuthError } from "../../../lib/errors.ts";
import { fakeWorld } from "../../config/fake_world.ts";

const STS: StsWanted = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };

const FIPS = { AWS_USE_FIPS_ENDPOINT: "true" };
const DUAL = { AWS_USE_DUALSTACK_ENDPOINT: "true" };
const GLOBAL = ["sts.amazonaws.com", "us-east-1"] as const;

for (
  const [what, sts, env, want] of [
    ["no region", {}, {}, GLOBAL],
    ["the global region", { region: "aws-global" }, {}, GLOBAL],
    ["a region", { region: "eu-west-1" }, { AWS_REGION: "us-east-2" }, ["sts.eu-west-1.amazonaws.com", "eu-west-1"]],
    ["AWS_REGION", {}, { AWS_REGION: "us-east-2", AWS_DEFAULT_REGION: "x" }, [
      "sts.us-east-2.amazonaws.com",
      "us-east-2",
    ]],
    ["AWS_DEFAULT_REGION", {}, { AWS_REGION: "", AWS_DEFAULT_REGION: "us-west-2" }, [
      "sts.us-west-2.amazonaws.com",
      "us-west-2",
    ]],
    ["a region of China", { region: "cn-north-1" }, {}, ["sts.cn-north-1.amazonaws.com.cn", "cn-north-1"]],
    ["a region of Europe's own partition", { region: "eusc-de-east-1" }, {}, [
      "sts.eusc-de-east-1.amazonaws.eu",
      "eusc-de-east-1",
    ]],
    ["FIPS", { region: "us-east-2" }, FIPS, ["sts-fips.us-east-2.amazonaws.com", "us-east-2"]],
    ["FIPS without a region", {}, { AWS_USE_FIPS_ENDPOINT: "TRUE" }, ["sts-fips.us-east-1.amazonaws.com", "us-east-1"]],
    ["FIPS in GovCloud", { region: "us-gov-west-1" }, FIPS, ["sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"]],
    ["dual-stack", { region: "us-east-2" }, DUAL, ["sts.us-east-2.api.aws", "us-east-2"]],
    ["dual-stack in China", { region: "cn-north-1" }, DUAL, [
      "sts.cn-north-1.api.amazonwebservices.com.cn",
      "cn-north-1",
    ]],
    ["both", { region: "us-east-2" }, { ...FIPS, ...DUAL }, ["sts-fips.us-east-2.api.aws", "us-east-2"]],
    ["neither, in so many words", { region: "us-east-2" }, { AWS_USE_FIPS_ENDPOINT: "false" }, [
      "sts.us-east-2.amazonaws.com",
      "us-east-2",
    ]],
    ["an endpoint", { endpoint: "sts.corp.example:8443" }, {}, ["sts.corp.example:8443", "us-east-1"]],
    ["an endpoint as a URL", { endpoint: "https://sts.corp.example/" }, FIPS, ["sts.corp.example", "us-east-1"]],
    ["an endpoint with the port that clients leave out", { endpoint: "sts.corp.example:443" }, {}, [
      "sts.corp.example",
      "us-east-1",
    ]],
    ["an endpoint and AWS_REGION", { endpoint: "sts.corp.example" }, { AWS_REGION: "eu-west-1" }, [
      "sts.corp.example",
      "eu-west-1",
    ]],
    [
      "an endpoint of a region, whatever AWS_REGION says",
      { endpoint: "vpce-1.sts.eu-west-1.vpce.amazonaws.com" },
      { AWS_REGION: "us-east-2" },
      ["vpce-1.sts.eu-west-1.vpce.amazonaws.com", "eu-west-1"],
    ],
    [
      "an endpoint and a region that is newer than the table",
      { endpoint: "sts.zz-new-1.example", region: "zz-new-1" },
      {},
      [
        "sts.zz-new-1.example",
        "zz-new-1",
      ],
    ],
  ] as const
) {
  Deno.test(`chooseStsHost() settles on ${want[0]} for ${what}`, async () => {
    const [host, region] = want;
    assert.deepEqual(await chooseStsHost(fakeWorld(env), { ...STS, ...sts }), { host, region });
  });
}

for (
  const [why, sts, env, message] of [
    ["a region that is in no partition", { region: "eu-wset-1" }, {}, /eu-wset-1.*spelling.*--sts-endpoint/],
    ["a region that is part of a host", { region: "us-east-1.evil.example/" }, {}, /unknown region/],
    ["an odd region beside an endpoint", { region: "a/b", endpoint: "sts.corp.example" }, {}, /"a\/b"/],
    ["a flag that is neither true nor false", { region: "us-east-1" }, { AWS_USE_FIPS_ENDPOINT: "1" }, /"true" or/],
    ["an endpoint with a path", { endpoint: "sts.corp.example/x" }, {}, /sts\.corp\.example\/x/],
    ["an endpoint without TLS", { endpoint: "http://sts.corp.example" }, {}, /http:/],
    ["an endpoint with a name and a password", { endpoint: "a:b@sts.corp.example" }, {}, /a:b@/],
    ["an endpoint with a port that there is not", { endpoint: "sts.corp.example:99999" }, {}, /99999/],
  ] as const
) {
  Deno.test(`chooseStsHost() refuses ${why}`, async () => {
    await assert.rejects(chooseStsHost(fakeWorld(env), { ...STS, ...sts }), (e) => {
      assert(e instanceof RamAuthError);
      assert.equal(e.code, "ERR_USAGE");
      assert.match(e.message, message);
      return true;
    });
  });
}

Deno.test("chooseStsHost() takes the region of the profile that counts", async () => {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/.aws`);
    await Deno.writeTextFile(
      `${home}/.aws/config`,
      "[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-2\n[profile home]\nregion = eu-west-3\n[profile none]\n",
    );
    for (
      const [profile, env, host] of [
        [undefined, {}, "sts.eu-west-1.amazonaws.com"],
        [undefined, { AWS_PROFILE: "work" }, "sts.eu-west-2.amazonaws.com"],
        [undefined, { AWS_DEFAULT_PROFILE: "work" }, "sts.eu-west-2.amazonaws.com"],
        ["home", { AWS_PROFILE: "work" }, "sts.eu-west-3.amazonaws.com"],
        ["home", { AWS_REGION: "us-east-2" }, "sts.us-east-2.amazonaws.com"],
        ["none", {}, "sts.amazonaws.com"],
      ] as const
    ) {
      assert.equal((await chooseStsHost(fakeWorld({ HOME: home, ...env }), { ...STS, profile })).host, host);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

for (
  const [what, lack, wanted, variable] of [
    ["FIPS", { supportsFips: false }, { fips: true, dualStack: true }, "AWS_USE_FIPS_ENDPOINT"],
    ["dual-stack", { supportsDualStack: false }, { fips: false, dualStack: true }, "AWS_USE_DUALSTACK_ENDPOINT"],
  ] as const
) {
  Deno.test(`regionalHost() refuses ${what} in a partition without it`, () => {
    const partition = { ...PARTITIONS[0]!, id: "aws-made-up", ...lack };
    assert.throws(() => regionalHost(partition, { region: "zz-1", ...wanted }), (e) => {
      assert(e instanceof RamAuthError);
      assert.equal(e.code, "ERR_USAGE");
      return e.message.includes(variable) && e.message.includes("aws-made-up");
    });
  });
}

Deno.test("every host that a token can be signed for is one that a server of its partition knows, scope and all", () => {
  const variants = [false, true].flatMap((fips) => [false, true].map((dualStack) => ({ fips, dualStack })));
  for (const partition of PARTITIONS) {
    const { hosts } = createHostTable({ partition: partition.id });
    for (const region of partition.regions) {
      for (const variant of variants) {
        const { host, region: scope } = regionalHost(partition, { region, ...variant });
        assert.equal(hosts.get(host)?.scopeRegion, scope, host);
      }
    }
  }
  assert.equal(createHostTable({}).hosts.get(GLOBAL[0])?.scopeRegion, GLOBAL[1]);
});
