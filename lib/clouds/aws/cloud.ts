/**
 * AWS, as the review flow sees it.
 *
 * @module
 */

import type { Cloud } from "../cloud.ts";
import { ARN_PREFIX, readArnPattern } from "./arn.ts";
import { createHostTable } from "./endpoints.ts";
import { readPermissionSet } from "./permission_set.ts";
import { buildStsCall } from "./sts.ts";
import { assertClusterId, TOKEN_PREFIX } from "./token.ts";
import { parseToken } from "./token_parser.ts";

/** IAM users, roles, accounts and federated users of AWS. */
export const aws: Cloud = {
  id: "aws",
  tokenPrefix: TOKEN_PREFIX,
  uidPrefix: "aws-iam-authenticator",
  arnPrefix: ARN_PREFIX,
  readArnPattern,
  readPermissionSet,
  assertClusterId,
  createReader: (choice) =>
    Promise.try(() => {
      const table = createHostTable(choice);
      return {
        endpoint: table.summary,
        read: (token, context) => buildStsCall(parseToken(token), table, context),
      };
    }),
  extra: ({ accessKeyId, arn, canonicalArn, principalId, sessionName }) => ({
    accessKeyId: [accessKeyId],
    arn: [arn],
    canonicalArn: [canonicalArn],
    principalId: [principalId],
    sessionName: [sessionName],
    "sigs.k8s.io/aws-iam-authenticator/principalId": [principalId],
  }),
};
