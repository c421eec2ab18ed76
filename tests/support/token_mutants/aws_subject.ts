/**
 * AWS under trial by mutants.
 *
 * @module
 */

import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { PARTITIONS } from "../../../lib/clouds/aws/partitions.ts";
import { checkSignature } from "../../../lib/emulator/aws/check_signature.ts";
import { type AwsPrincipal, DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsPairs, type AwsSigning, awsToken, awsUrl, encodeUrl } from "../aws_tokens.ts";
import { AWS_ANATOMY } from "./aws_anatomy.ts";
import type { Subject } from "./subject.ts";

/** The operator's own host. */
const OWN_HOST = "sts.example:8443";
const CLUSTER_ID = "prod/eu:one*~!";
const SIGNED_AT = new Date("2026-11-22T12:00:00Z");
const NOW = new Date("2026-11-22T12:00:30Z");

const { dave, erin, clusterAdmin, federated, root } = DEMO_AWS_PRINCIPALS;

/** Each of the demo's principals, and each kind of host. */
const SIGNERS: ReadonlyArray<readonly [keys: AwsPrincipal, host: string, region: string]> = [
  [dave, "sts.amazonaws.com", "us-east-1"],
  [erin, "sts.eu-west-1.amazonaws.com", "eu-west-1"],
  [clusterAdmin, "sts.us-east-1.amazonaws.com", "us-east-1"],
  [clusterAdmin, "sts-fips.us-west-2.amazonaws.com", "us-west-2"],
  [federated, "sts.us-east-1.api.aws", "us-east-1"],
  [root, OWN_HOST, "eu-west-1"],
];

/** Hosts of another partition, and none at all. */
const FOREIGN_SIGNERS: typeof SIGNERS = [
  [dave, "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"],
  [clusterAdmin, "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
  [erin, "sts.amazonaws.com.evil.example", "us-east-1"],
];

/** Tokens of all demo principals, for each kind of host. */
export async function awsSubject(): Promise<Subject> {
  const endpoint = { stsEndpoint: undefined, region: undefined, network: "public", stsHosts: [OWN_HOST] } as const;
  const principals = Object.values(DEMO_AWS_PRINCIPALS);
  const tokensFor = (signers: typeof SIGNERS, clusterId: string, now: Date) =>
    signers.map(([keys, host, region]) => awsToken(keys, { clusterId, now, host, region }));
  const davesFor = (signing: AwsSigning) => {
    const options = { clusterId: CLUSTER_ID, now: SIGNED_AT, host: "sts.amazonaws.com" };
    return encodeUrl(awsUrl(options.host, awsPairs(dave, options, signing)));
  };
  return {
    anatomy: AWS_ANATOMY,
    reader: await aws.createReader(endpoint, () => Promise.resolve(false)),
    context: { clusterId: CLUSTER_ID, now: NOW },
    valid: tokensFor(SIGNERS, CLUSTER_ID, SIGNED_AT),
    strangers: [
      ...tokensFor(SIGNERS, "c-other", SIGNED_AT),
      ...tokensFor(SIGNERS, CLUSTER_ID, new Date("2026-11-21T12:00:00Z")),
      ...tokensFor(FOREIGN_SIGNERS, CLUSTER_ID, SIGNED_AT),
      davesFor({ headers: { "x-k8s-aws-id": undefined } }),
      davesFor({ query: { Action: "AssumeRole" } }),
      davesFor({ query: { "X-Amz-Expires": "901" } }),
      davesFor({ query: { RoleArn: "arn:aws:iam::123456789012:role/ClusterAdmin" } }),
      davesFor({ headers: { "x-amz-date": "20261122T120000Z" } }),
    ],
    mayAsk: (host) => HOSTS.has(host),
    stsTakes: (request) => checkSignature(request, { principals, now: NOW }).kind === "accepted",
  };
}

/** Written down anew from the vendor's naming of hosts, so that the reader's table is no measure of itself. */
const HOSTS: ReadonlySet<string> = new Set([
  OWN_HOST,
  "sts.amazonaws.com",
  ...PARTITIONS.find(({ id }) => id === "aws")!.regions.flatMap((region) => [
    `sts.${region}.amazonaws.com`,
    `sts-fips.${region}.amazonaws.com`,
    `sts.${region}.api.aws`,
    `sts-fips.${region}.api.aws`,
  ]),
]);
