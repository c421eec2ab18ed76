/**
 * Somebody of an account that is scrubbed wherever tests let them log in, so that nothing of them may be in any output.
 *
 * @module
 */

import type { AwsPrincipal } from "../../../lib/emulator/aws/principals.ts";

/** An AWS role session. Its account is part of no other's. */
export const SCRUBBED_PERSON = {
  accessKeyId: "ASIAMADEUPHIDDEN0001",
  accessKeySecret: "MadeUpSecretOfTheHidden",
  securityToken: "FwoGMadeUp/Token+OfTheHidden==",
  identity: {
    Account: "987600006789",
    Arn: "arn:aws:sts::987600006789:assumed-role/Hidden/heidi@example.com",
    UserId: "AROAMADEUPHIDDEN00001:heidi@example.com",
  },
} as const satisfies AwsPrincipal;

/** What is in no output: keys, ids, and the session as it stands in ARNs and in names. */
export const SCRUBBED_TEXTS: readonly string[] = [
  SCRUBBED_PERSON.accessKeyId,
  SCRUBBED_PERSON.accessKeySecret,
  SCRUBBED_PERSON.securityToken,
  SCRUBBED_PERSON.identity.Account,
  ...SCRUBBED_PERSON.identity.UserId.split(":"),
  "heidi-example.com",
];
