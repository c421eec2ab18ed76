/**
 * The roles that IAM Identity Center makes for a permission set: `AWSReservedSSO_<set>_<16 hex digits>`, the digits
 * being others each time it recreates the role. A mapping names the set, and matches that role alone: of the set
 * `Admin`, not of `Admin_ReadOnly`, whose name only starts so.
 *
 * Source: "Referencing permission sets in resource policies, Amazon EKS, and AWS KMS", IAM Identity Center user guide.
 *
 * @module
 */

import { ArnError, type ArnPattern, type PermissionSet } from "../cloud.ts";
import { isAccountId, whyNoAccountId } from "./account_id.ts";
import { PARTITIONS } from "./partitions.ts";
import { quoted } from "../../quote.ts";

const PREFIX = "AWSReservedSSO_";
const ROLE_ARN = new RegExp(`^(arn:[a-z-]+:iam::[0-9]{12}:role/${PREFIX}.+)_[0-9a-f]{16}$`);

/** 1 to 32 letters, digits and `+=,.@-_` (API reference, CreatePermissionSet). */
const SET_NAME = /^[\w+=,.@-]{1,32}$/;

/** What the ARNs of the roles that a set had over time have in common; `undefined` for every other principal. */
export function permissionSetArn(canonicalArn: string): string | undefined {
  return ROLE_ARN.exec(canonicalArn)?.[1];
}

/**
 * Reads the permission set of a mapping rule.
 *
 * @throws {ArnError} if no role could ever be made for it
 */
export function readPermissionSet({ name, accountId, partition = "aws" }: PermissionSet): ArnPattern {
  const refuse = (why: string) => new ArnError(`Cannot use permission set ${quoted(name)}: ${why}`);
  if (!SET_NAME.test(name)) {
    throw refuse(
      "its name has more than 32 characters, or characters that are not allowed, such as wildcards; write the exact name",
    );
  }
  if (!isAccountId(accountId)) throw refuse(whyNoAccountId(accountId));
  if (!PARTITIONS.some(({ id }) => id === partition)) {
    const known = PARTITIONS.map(({ id }) => id).join(", ");
    throw refuse(`unknown partition ${quoted(partition)}; write one of ${known}`);
  }
  const canonicalArn = `arn:${partition}:iam::${accountId}:role/${PREFIX}${name}`;
  return { kind: "role", canonicalArn, isGlob: false, isPermissionSet: true };
}
