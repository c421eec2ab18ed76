/**
 * AWS, as the review flow sees it.
 *
 * @module
 */

import { importLater } from "../../import_later.ts";
import type { Cloud } from "../cloud.ts";
import { doubtAccountId } from "./account_id.ts";
import { ARN_PREFIX, readArnPattern } from "./arn.ts";
import { createHostTable, usualHosts } from "./endpoints.ts";
import { readPermissionSet } from "./permission_set.ts";
import { buildStsCall } from "./sts.ts";
import { assertClusterId, TOKEN_PREFIX } from "./token.ts";
import { parseToken } from "./token_parser.ts";

/** What a session is called that EC2 itself made for an instance: its id, of either length. */
const INSTANCE_ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** IAM users, roles, accounts and federated users of AWS. */
export const aws: Cloud = {
  id: "aws",
  tokenPrefix: TOKEN_PREFIX,
  uidPrefix: "aws-iam-authenticator",
  arnPrefix: ARN_PREFIX,
  readArnPattern,
  readPermissionSet,
  doubtAccountId,
  partitionOf: (canonicalArn) => canonicalArn.split(":")[1] ?? "",
  assertClusterId,
  assertStsHosts: (choice) => void createHostTable(choice),
  createReader: (choice) =>
    Promise.try(() => {
      const table = createHostTable(choice);
      return {
        endpoint: table.summary,
        usualHosts: usualHosts(table, choice),
        read: (token, context) => buildStsCall(parseToken(token), table, context),
      };
    }),
  instances: {
    idOf: ({ sessionName }) => INSTANCE_ID.test(sessionName) ? sessionName : undefined,
    createAsker: async (world, options) => {
      const { createInstanceAsker } = await importLater<typeof import("./instances.ts")>(
        "./instances.ts",
        import.meta.url,
      );
      return await createInstanceAsker(world, options);
    },
  },
  extra: ({ accessKeyId, arn, canonicalArn, principalId, sessionName }) => ({
    accessKeyId: [accessKeyId],
    arn: [arn],
    canonicalArn: [canonicalArn],
    principalId: [principalId],
    sessionName: [sessionName],
    "sigs.k8s.io/aws-iam-authenticator/principalId": [principalId],
  }),
};
