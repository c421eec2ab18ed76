/**
 * Alibaba Cloud's STS endpoints: a table, never a pattern, so that no region name can lead elsewhere.
 *
 * Source: the endpoint list of STS 2015-04-01 and the region list of Container Service, read 2026-11. A region that is
 * newer than the table is reached by naming its host as the STS endpoint.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import type { EndpointChoice } from "../cloud.ts";
import { readStsEndpoint } from "../sts_endpoint.ts";

/** The endpoint where no region is configured. */
const GLOBAL_HOST = "sts.aliyuncs.com";

/** Region to the region in its host names. */
const REGIONS: ReadonlyMap<string, string> = new Map([
  ...[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-heyuan",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-nanjing",
    "cn-north-2-gov-1",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shenzhen",
    "cn-shenzhen-finance-1",
    "cn-wuhan-lr",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "cn-zhengzhou-jva",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "na-south-1",
    "us-east-1",
    "us-west-1",
  ].map((region) => [region, region] as const),
  ["cn-hangzhou-finance", "cn-hangzhou"],
]);

/** Whether a region has endpoints of its own. */
export function isRegion(region: string): boolean {
  return REGIONS.has(region);
}

/** An endpoint, and why it is the one. */
export interface ChosenEndpoint {
  readonly host: string;
  readonly region: string;
  readonly why: string;
}

/**
 * Settles which STS endpoint to ask. `network: "auto"` tries the VPC name first and falls back to the public one.
 *
 * @param accepts whether a host accepts a connection on port 443 within a second
 * @throws {UsageError} if the region is not in the table, or the operator's own endpoint is not a host
 */
export async function chooseEndpoint(
  { stsEndpoint, region, network }: EndpointChoice,
  accepts: (host: string) => Promise<boolean>,
): Promise<ChosenEndpoint> {
  if (stsEndpoint !== undefined) {
    return { host: readStsEndpoint(stsEndpoint, GLOBAL_HOST), region: "custom", why: "configured" };
  }
  if (region === undefined) {
    if (network === "vpc") {
      throw new UsageError('Cannot use the VPC endpoint of STS: it needs a region; set "server.region"');
    }
    return { host: GLOBAL_HOST, region: "global", why: "no region is configured" };
  }
  const name = REGIONS.get(region);
  if (name === undefined) {
    throw new UsageError(
      `Cannot find the STS endpoint of region "${region}": unknown region; check its spelling, or name its ` +
        "host with --sts-endpoint",
    );
  }
  const publicHost = `sts.${name}.aliyuncs.com`;
  const vpcHost = `sts-vpc.${name}.aliyuncs.com`;
  switch (network) {
    case "public":
      return { host: publicHost, region, why: "configured" };
    case "vpc":
      return { host: vpcHost, region, why: "configured" };
    case "auto":
      return await accepts(vpcHost)
        ? { host: vpcHost, region, why: "it accepts connections" }
        : { host: publicHost, region, why: `"${vpcHost}" accepts no connection from here` };
  }
}
