import assert from "node:assert/strict";
import { chooseEndpoint } from "../../../lib/clouds/alibaba/endpoints.ts";
import type { EndpointChoice } from "../../../lib/clouds/cloud.ts";
import { UsageError } from "../../../lib/errors.ts";

const NOTHING: EndpointChoice = { stsEndpoint: undefined, region: undefined, network: "auto" };

function neverAsked(host: string): Promise<boolean> {
  return Promise.reject(new Error(`"${host}" was probed`));
}

for (
  const [what, choice, host, region] of [
    ["no region", {}, "sts.aliyuncs.com", "global"],
    ["no region in public", { network: "public" }, "sts.aliyuncs.com", "global"],
    ["a region in public", { region: "cn-hangzhou", network: "public" }, "sts.cn-hangzhou.aliyuncs.com", "cn-hangzhou"],
    ["a region in a VPC", { region: "us-east-1", network: "vpc" }, "sts-vpc.us-east-1.aliyuncs.com", "us-east-1"],
    [
      "the finance region in public",
      { region: "cn-hangzhou-finance", network: "public" },
      "sts.cn-hangzhou.aliyuncs.com",
      "cn-hangzhou-finance",
    ],
    [
      "the finance region in a VPC",
      { region: "cn-hangzhou-finance", network: "vpc" },
      "sts-vpc.cn-hangzhou.aliyuncs.com",
      "cn-hangzhou-finance",
    ],
    [
      "another finance region, which has a name of its own",
      { region: "cn-shanghai-finance-1", network: "public" },
      "sts.cn-shanghai-finance-1.aliyuncs.com",
      "cn-shanghai-finance-1",
    ],
    ["a host of the operator", { stsEndpoint: "sts.example.com" }, "sts.example.com", "custom"],
    ["a host with a port", { stsEndpoint: "127.0.0.1:8443" }, "127.0.0.1:8443", "custom"],
    ["a host with its scheme", { stsEndpoint: "https://sts.example.com/" }, "sts.example.com", "custom"],
    ["a host, over a region that is not known", { stsEndpoint: "a.b", region: "mars-1" }, "a.b", "custom"],
  ] as const
) {
  Deno.test(`chooseEndpoint() settles ${what} without asking the network`, async () => {
    const chosen = await chooseEndpoint({ ...NOTHING, ...choice }, neverAsked);
    assert.deepEqual({ host: chosen.host, region: chosen.region }, { host, region });
    assert.notEqual(chosen.why, "");
  });
}

for (
  const [what, reachable, want] of [
    ["takes the VPC host where it answers", true, "sts-vpc.cn-hangzhou.aliyuncs.com"],
    ["falls back to the public host", false, "sts.cn-hangzhou.aliyuncs.com"],
  ] as const
) {
  Deno.test(`chooseEndpoint() ${what}`, async () => {
    const probed: string[] = [];
    const chosen = await chooseEndpoint({ ...NOTHING, region: "cn-hangzhou" }, (host) => {
      probed.push(host);
      return Promise.resolve(reachable);
    });
    assert.deepEqual(probed, ["sts-vpc.cn-hangzhou.aliyuncs.com"]);
    assert.equal(chosen.host, want);
    assert.equal(chosen.region, "cn-hangzhou");
  });
}

for (
  const [why, choice] of [
    ["the VPC host without a region", { network: "vpc" }],
    ["a region that is not known", { region: "cn-atlantis" }],
    ["a region that leads elsewhere", { region: "x.example.com/" }],
    ["a region in another case", { region: "CN-Hangzhou" }],
    ["an empty region", { region: "" }],
    ["the name of an inherited property", { region: "constructor" }],
    ["an empty host", { stsEndpoint: "" }],
    ["plain HTTP", { stsEndpoint: "http://sts.example.com" }],
    ["another scheme", { stsEndpoint: "ftp://sts.example.com" }],
    ["a path", { stsEndpoint: "sts.example.com/x" }],
    ["a query", { stsEndpoint: "sts.example.com?x" }],
    ["a user", { stsEndpoint: "me@sts.example.com" }],
    ["white space", { stsEndpoint: "sts.example.com " }],
    ["a line break", { stsEndpoint: "sts.example.com\n" }],
    ["upper case", { stsEndpoint: "STS.example.com" }],
    ["a port that is zero", { stsEndpoint: "sts.example.com:0" }],
    ["a port without a number", { stsEndpoint: "sts.example.com:" }],
    ["a port above 16 bits", { stsEndpoint: "sts.example.com:65536" }],
    ["an address with a number above 8 bits", { stsEndpoint: "10.0.0.256" }],
  ] as const
) {
  Deno.test(`chooseEndpoint() refuses ${why}`, async () => {
    await assert.rejects(
      chooseEndpoint({ ...NOTHING, ...choice }, neverAsked),
      (e) => e instanceof UsageError && e.code === "ERR_USAGE",
    );
  });
}
