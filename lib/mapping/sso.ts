/**
 * The key `sso` of an entry of `mapRoles`: a permission set of the cloud's single sign-on in one account.
 *
 * @module
 */

import type { ArnPattern } from "../clouds/cloud.ts";
import type { YamlNode } from "../yaml/read.ts";
import { type EntryContext, orFault } from "./entry.ts";
import { kindOf, readFields } from "./fields.ts";
import { readAccountId } from "./ids.ts";

/** Keys under `sso`. */
const SSO_KEYS = ["permissionSetName", "accountID", "partition"] as const;

/** Reads it into what identities are compared with; `arn` is the entry's own ARN, beside which it must not stand. */
export function readSso(
  node: YamlNode,
  arn: YamlNode | undefined,
  { section, clouds, fault }: EntryContext,
): ArnPattern | undefined {
  if (section !== "mapRoles") return fault(node, `"sso" names roles; move the entry to mapRoles`);
  if (arn !== undefined) return fault(arn, `it has both roleARN and sso; keep one of them`);
  if (node.kind !== "map") return fault(node, `its sso is ${kindOf(node)}; write a map with ${SSO_KEYS.join(", ")}`);
  const { fields, faults } = readFields(node, SSO_KEYS);
  for (const { at, why } of faults) fault(at, why);
  const name = fields.get("permissionSetName");
  const account = fields.get("accountID");
  const accountId = account && readAccountId(account);
  if (faults.length > 0) return undefined;
  if (name?.kind !== "scalar" || typeof name.value !== "string") {
    return fault(name ?? node, `its sso has no permissionSetName; write the name of a permission set`);
  }
  if (accountId === undefined) return fault(account ?? node, "its sso has no accountID; write its digits in quotes");
  const partition = fields.get("partition");
  if (partition !== undefined && (partition.kind !== "scalar" || typeof partition.value !== "string")) {
    return fault(partition, `its sso's partition is ${kindOf(partition)}; write a text, such as "aws"`);
  }
  const cloud = clouds.find(({ readPermissionSet }) => readPermissionSet !== undefined);
  if (cloud === undefined) return fault(node, `no cloud that is accepted here has permission sets; see "clouds"`);
  return orFault(
    node,
    fault,
    () => cloud.readPermissionSet!({ name: name.value as string, accountId, partition: partition?.text }),
  );
}
