/**
 * Tokens of botocore, and the people whose keys signed them.
 *
 * @module
 */

import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };
import type { AwsPrincipal } from "../../../lib/emulator/aws/principals.ts";
import type { ReviewServerOptions } from "../../support/review_server.ts";

/** A token that the real client made, with its keys. */
export interface Vector {
  readonly name: string;
  readonly token: string;
  readonly clusterId: string;
  readonly host: string;
  readonly region: string;
  readonly partition: string;
  readonly signedAt: Date;
  readonly principal: AwsPrincipal;
}

const ACCOUNT = "123456789012";

/** All of them. */
export const VECTORS: readonly Vector[] = vectors.map((vector) => {
  const { name, token, clusterId, host, region } = vector;
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  const [, ...date] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(vector.date) ?? [];
  const [year, month, day, hour, minute, second] = date;
  return {
    name,
    token,
    clusterId,
    host,
    region,
    partition,
    signedAt: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
    principal: {
      accessKeyId: vector.accessKeyId,
      accessKeySecret: vector.secretAccessKey,
      ...(vector.sessionToken !== undefined && { securityToken: vector.sessionToken }),
      identity: {
        Account: ACCOUNT,
        Arn: `arn:${partition}:iam::${ACCOUNT}:user/vector`,
        UserId: "AIDAMADEUPVECTOR00001",
      },
    },
  };
});

/** What a server runs with, to take a vector's token. */
export function serverFor({ clusterId, partition, principal }: Vector): ReviewServerOptions {
  return {
    clusterId,
    partition,
    principals: [principal],
    mappings: `mapUsers: [{userARN: "${principal.identity.Arn}", username: vector, groups: [viewers]}]`,
  };
}
