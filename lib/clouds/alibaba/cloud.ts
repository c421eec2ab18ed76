/**
 * Alibaba Cloud, as the review flow sees it.
 *
 * @module
 */

import type { Cloud } from "../cloud.ts";
import { doubtAccountId } from "./account_id.ts";
import { ARN_PREFIX, readArnPattern } from "./arn.ts";
import { chooseEndpoint } from "./endpoints.ts";
import { buildStsCall } from "./sts.ts";
import { TOKEN_PREFIX } from "./token.ts";
import { parseToken } from "./token_parser.ts";

/** RAM users, roles and accounts of Alibaba Cloud. */
export const alibaba: Cloud = {
  id: "alibaba",
  tokenPrefix: TOKEN_PREFIX,
  uidPrefix: "ack-ram-authenticator",
  arnPrefix: ARN_PREFIX,
  readArnPattern,
  doubtAccountId,
  assertClusterId() {},
  async createReader(choice, accepts) {
    const endpoint = await chooseEndpoint(choice, accepts);
    return {
      endpoint: `${endpoint.host} (${endpoint.why})`,
      usualHosts: [endpoint.host],
      read: (token, context) => buildStsCall(parseToken(token), endpoint, context),
    };
  },
  extra: ({ arn, canonicalArn, sessionName }) => ({
    arn: [arn],
    canonicalArn: [canonicalArn],
    sessionName: [sessionName],
  }),
};
