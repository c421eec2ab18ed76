import assert from "node:assert/strict";
import { createHostTable, findHost } from "../../../lib/clouds/aws/endpoints.ts";
import { PARTITIONS } from "../../../lib/clouds/aws/partitions.ts";
import { UsageError } from "../../../lib/errors.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

for (
  const [partition, host, region] of [
    ["aws", "sts.us-west-2.amazonaws.com", "us-west-2"],
    ["aws", "sts-fips.us-east-2.amazonaws.com", "us-east-2"],
    ["aws", "sts.eu-central-1.api.aws", "eu-central-1"],
    ["aws", "sts-fips.us-east-1.api.aws", "us-east-1"],
    ["aws-cn", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ["aws-cn", "sts.cn-northwest-1.api.amazonwebservices.com.cn", "cn-northwest-1"],
    ["aws-us-gov", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
    ["aws-us-gov", "sts-fips.us-gov-west-1.api.aws", "us-gov-west-1"],
    ["aws-eusc", "sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"],
    ["aws-eusc", "sts.eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1"],
    ["aws-iso", "sts.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"],
    ["aws-iso-b", "sts.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"],
    ["aws-iso-e", "sts.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"],
    ["aws-iso-f", "sts.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"],
  ] as const
) {
  Deno.test(`the hosts of partition ${partition} hold "${host}", and those of others do not`, () => {
    assert.deepEqual(findHost(createHostTable({ partition }), host), { host, scopeRegion: region, label: region });
    for (const { id } of PARTITIONS.filter(({ id }) => id !== partition)) {
      assert.equal(findHost(createHostTable({ partition: id }), host), undefined, id);
    }
  });
}

Deno.test("the global host is of partition aws alone, and is signed for as us-east-1", () => {
  const host = "sts.amazonaws.com";
  const want = { host, scopeRegion: "us-east-1", label: "global" };
  assert.deepEqual(findHost(createHostTable({}), host), want);
  for (const { id } of PARTITIONS) {
    assert.deepEqual(findHost(createHostTable({ partition: id }), host), id === "aws" ? want : undefined, id);
  }
});

Deno.test("every host of every partition is of a known region and of the partition's own domains", () => {
  for (const { id, regions, dnsSuffix, dualStackDnsSuffix } of PARTITIONS) {
    const { hosts } = createHostTable({ partition: id });
    const perRegion = id === "aws-us-gov" ? 3 : 4;
    assert.equal(hosts.size, regions.length * perRegion + (id === "aws" ? 1 : 0), id);
    for (const { host, scopeRegion } of hosts.values()) {
      assert(scopeRegion !== undefined && regions.includes(scopeRegion), host);
      assert(host.endsWith(`.${dnsSuffix}`) || host.endsWith(`.${dualStackDnsSuffix}`), host);
    }
  }
});

for (const { name, host, region } of vectors) {
  Deno.test(`the tables hold the host that botocore signs for: ${name}`, () => {
    const found = PARTITIONS.map(({ id }) => findHost(createHostTable({ partition: id }), host));
    assert.deepEqual(found.flatMap((row) => row?.scopeRegion ?? []), [region]);
  });
}

for (
  const host of [
    "",
    "amazonaws.com",
    "sts.amazonaws.com.",
    "sts.amazonaws.com:443",
    "sts.amazonaws.com:8443",
    "STS.amazonaws.com",
    "sts.amazonaws.com.evil.com",
    "sts.s3.amazonaws.com",
    "sts.not-a-region.amazonaws.com",
    "sts.aws-global.amazonaws.com",
    "sts.us-east-1.amazonaws.com.cn",
    "sts.cn-north-1.amazonaws.com",
    "sts-fips.us-gov-west-1.amazonaws.com",
    "sts-fips.amazonaws.com",
    "evil-sts.us-east-1.amazonaws.com",
    "ec2.us-east-1.amazonaws.com",
    "constructor",
  ]
) {
  Deno.test(`no table holds "${host}"`, () => {
    for (const { id } of PARTITIONS) assert.equal(findHost(createHostTable({ partition: id }), host), undefined, id);
  });
}

for (
  const [what, host, scopeRegion, label] of [
    ["of no region", "sts.example.com", undefined, "custom"],
    ["that is one word", "localhost", undefined, "custom"],
    ["that is an address with a port", "127.0.0.1:8443", undefined, "custom"],
    [
      "of a region that is newer than the table",
      "sts.xx-northwest-9.amazonaws.com",
      "xx-northwest-9",
      "xx-northwest-9",
    ],
    [
      "of an interface endpoint",
      "vpce-0123456789abcdef0-01234567.sts.us-east-1.vpce.amazonaws.com",
      "us-east-1",
      "us-east-1",
    ],
    ["with a region and a port", "sts.us-gov-east-1.example.com:444", "us-gov-east-1", "us-gov-east-1"],
    ["with two regions, which says nothing", "us-east-1.us-west-2.example.com", undefined, "custom"],
    ["with a region inside a longer word", "sts-us-east-1-proxy.example.com", undefined, "custom"],
    ["that only looks a little like a region", "k8s-sts-1.example.com", undefined, "custom"],
  ] as const
) {
  Deno.test(`the operator may add a host ${what}`, () => {
    const table = createHostTable({ stsHosts: [host] });
    assert.deepEqual(findHost(table, host), { host, scopeRegion, label });
    assert(findHost(table, "sts.amazonaws.com") !== undefined, "the table is kept");
    assert.equal(findHost(createHostTable({}), host), undefined);
  });
}

Deno.test("a host that is added although it is in the table stays what it was", () => {
  const table = createHostTable({ stsHosts: ["sts.amazonaws.com", "sts.amazonaws.com"] });
  assert.equal(findHost(table, "sts.amazonaws.com")?.scopeRegion, "us-east-1");
});

Deno.test("the log is told which hosts there are", () => {
  assert.equal(createHostTable({ partition: "aws-cn" }).summary, "hosts of partition aws-cn (8)");
  assert.equal(
    createHostTable({ partition: "aws-cn", stsHosts: ["a.example.com"] }).summary,
    "hosts of partition aws-cn (8) and 1 configured",
  );
});

for (
  const [why, host] of [
    ["nothing", ""],
    ["a scheme", "https://sts.example.com"],
    ["a path", "sts.example.com/x"],
    ["a slash", "sts.example.com/"],
    ["a query", "sts.example.com?x"],
    ["a user", "me@sts.example.com"],
    ["a wildcard", "*.example.com"],
    ["white space", "sts.example.com "],
    ["a line break", "sts.example.com\n"],
    ["upper case", "STS.example.com"],
    ["a trailing dot", "sts.example.com."],
    ["an empty label", "sts..example.com"],
    ["a hyphen at the end of a label", "sts-.example.com"],
    ["an underscore", "my_sts.example.com"],
    ["a label of 64 characters", `${"a".repeat(64)}.example.com`],
    ["a name of 254 characters", `${"a.".repeat(126)}aa`],
    ["letters of another script", "ｓｔｓ.example.com"],
    ["the usual port, which clients do not sign", "sts.example.com:443"],
    ["a port that is zero", "sts.example.com:0"],
    ["a port with a leading zero", "sts.example.com:08443"],
    ["a port without a number", "sts.example.com:"],
    ["a port above 16 bits", "sts.example.com:65536"],
    ["an address with a number above 8 bits", "10.0.0.256"],
    ["a short address", "127.1"],
    ["an address in hexadecimal", "0x7f000001"],
    ["an IPv6 address", "[::1]:8443"],
  ] as const
) {
  Deno.test(`the operator may not add ${why} as a host`, () => {
    assert.throws(
      () => createHostTable({ stsHosts: [host] }),
      (e) => e instanceof UsageError && e.code === "ERR_USAGE",
    );
  });
}

for (const partition of ["", "AWS", "aws-mars", "constructor"]) {
  Deno.test(`unknown partition "${partition}"`, () => {
    assert.throws(
      () => createHostTable({ partition }),
      (e) => e instanceof UsageError && e.code === "ERR_USAGE" && PARTITIONS.every(({ id }) => e.message.includes(id)),
    );
  });
}

Deno.test("where only configured hosts count, those of the table are refused that are not among them", () => {
  const table = createHostTable({ stsHosts: ["sts.eu-west-1.amazonaws.com", "sts.example.com"], stsHostsOnly: true });
  assert.deepEqual(findHost(table, "sts.eu-west-1.amazonaws.com"), {
    host: "sts.eu-west-1.amazonaws.com",
    scopeRegion: "eu-west-1",
    label: "eu-west-1",
  });
  assert.equal(findHost(table, "sts.example.com")?.label, "custom");
  for (const host of ["sts.us-east-1.amazonaws.com", "sts.amazonaws.com"]) {
    assert.equal(findHost(table, host), undefined);
  }
  assert.equal(table.summary, "2 configured hosts");
});

Deno.test("only configured hosts may not count where none is", () => {
  assert.throws(() => createHostTable({ stsHostsOnly: true }), (e) => e instanceof UsageError);
});
