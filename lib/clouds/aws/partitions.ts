/**
 * AWS's partitions: which regions each has, and how their hosts end. Data alone; on the start-up path of `token`.
 *
 * Source: `dist-es/submodules/client/util-endpoints/lib/aws/partitions.js` of the npm package `@aws-sdk/core`,
 * version 3.981.0. Made by this command; with `--check` it only compares, with a version it reads that one:
 *
 *     deno run --no-prompt --allow-read --allow-write --allow-run=npm,tar scripts/refresh_partitions.ts
 *
 * @module
 */

/** Regions that share accounts, hosts and ARNs with each other, and with nothing else. */
export interface Partition {
  /** As ARNs name it: `aws-cn`. */
  readonly id: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  /** Where what belongs to no region is signed for. */
  readonly globalRegion: string;
  readonly supportsFips: boolean;
  readonly supportsDualStack: boolean;
  readonly regions: readonly string[];
}

/** All partitions. */
export const PARTITIONS: readonly Partition[] = [
  {
    id: "aws",
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
    globalRegion: "us-east-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "af-south-1",
      "ap-east-1",
      "ap-east-2",
      "ap-northeast-1",
      "ap-northeast-2",
      "ap-northeast-3",
      "ap-south-1",
      "ap-south-2",
      "ap-southeast-1",
      "ap-southeast-2",
      "ap-southeast-3",
      "ap-southeast-4",
      "ap-southeast-5",
      "ap-southeast-6",
      "ap-southeast-7",
      "ca-central-1",
      "ca-west-1",
      "eu-central-1",
      "eu-central-2",
      "eu-north-1",
      "eu-south-1",
      "eu-south-2",
      "eu-west-1",
      "eu-west-2",
      "eu-west-3",
      "il-central-1",
      "me-central-1",
      "me-south-1",
      "me-west-1",
      "mx-central-1",
      "sa-east-1",
      "sa-west-1",
      "us-east-1",
      "us-east-2",
      "us-west-1",
      "us-west-2",
    ],
  },
  {
    id: "aws-cn",
    dnsSuffix: "amazonaws.com.cn",
    dualStackDnsSuffix: "api.amazonwebservices.com.cn",
    globalRegion: "cn-northwest-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "cn-north-1",
      "cn-northwest-1",
    ],
  },
  {
    id: "aws-eusc",
    dnsSuffix: "amazonaws.eu",
    dualStackDnsSuffix: "api.amazonwebservices.eu",
    globalRegion: "eusc-de-east-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "eusc-de-east-1",
    ],
  },
  {
    id: "aws-iso",
    dnsSuffix: "c2s.ic.gov",
    dualStackDnsSuffix: "api.aws.ic.gov",
    globalRegion: "us-iso-east-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "us-iso-east-1",
      "us-iso-west-1",
    ],
  },
  {
    id: "aws-iso-b",
    dnsSuffix: "sc2s.sgov.gov",
    dualStackDnsSuffix: "api.aws.scloud",
    globalRegion: "us-isob-east-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "us-isob-east-1",
      "us-isob-west-1",
    ],
  },
  {
    id: "aws-iso-e",
    dnsSuffix: "cloud.adc-e.uk",
    dualStackDnsSuffix: "api.cloud-aws.adc-e.uk",
    globalRegion: "eu-isoe-west-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "eu-isoe-west-1",
    ],
  },
  {
    id: "aws-iso-f",
    dnsSuffix: "csp.hci.ic.gov",
    dualStackDnsSuffix: "api.aws.hci.ic.gov",
    globalRegion: "us-isof-south-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "us-isof-east-1",
      "us-isof-south-1",
    ],
  },
  {
    id: "aws-us-gov",
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
    globalRegion: "us-gov-west-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "us-gov-east-1",
      "us-gov-west-1",
    ],
  },
];
