/**
 * The first administrator: who it is by ARN, the mapping that lets it in, and the binding that gives it its rights.
 *
 * @module
 */

import { ArnError, type ArnPattern, type Cloud } from "../../clouds/cloud.ts";
import { UsageError } from "../../errors.ts";
import { entryFaults } from "../../mapping/forms/section_edit.ts";
import { ARN_KEYS, type ArnSection } from "../../mapping/entry.ts";
import { cloudOf } from "../../clouds/registry.ts";
import { quoted } from "../../quote.ts";

/**
 * The group. Not `system:masters`, which the API server lets do everything before RBAC is asked: whoever is in it can be
 * stopped by no change to the cluster's roles and bindings. This one is cluster administrator as long as its binding is
 * there.
 */
export const ADMIN_GROUP = "ram-auth:admins";

/** Whom to make administrator, and as whom. */
export interface FirstAdmin {
  readonly arn: ArnPattern;
  readonly cloud: Cloud;
  readonly section: ArnSection;
  readonly username: string;
}

/**
 * Reads the ARN of an administrator.
 *
 * Trust: whoever runs the command chose the text.
 *
 * @throws {UsageError} if it is the ARN of no one user or role
 */
export async function readFirstAdmin(text: string): Promise<FirstAdmin> {
  const attempt = "Cannot make an administrator of";
  const cloud = await cloudOf(text, attempt);
  const arn = readArn(cloud, text);
  if (arn.isGlob) {
    throw new UsageError(`${attempt} ${quoted(text)}: it names more than one; write the name without "*" and "?"`);
  }
  const section = arn.kind === "role" ? "mapRoles" : "mapUsers";
  // A role is many people, told apart by the names of their sessions; a user is one.
  const who = arn.kind === "role"
    ? "{{SessionName}}"
    : arn.canonicalArn.slice(/.*[:/]/.exec(arn.canonicalArn)![0].length);
  const username = `ram-auth:admin:${who}`;
  const faults = entryFaults({ section, arn: arn.canonicalArn, username, groups: [ADMIN_GROUP] }, cloud);
  if (faults.length > 0) throw new UsageError(`${attempt} ${quoted(text)}: ${faults.join("; ")}`);
  return { arn, cloud, section, username };
}

function readArn(cloud: Cloud, text: string): ArnPattern {
  try {
    return cloud.readArnPattern(text);
  } catch (cause) {
    throw cause instanceof ArnError ? new UsageError(cause.message, { cause }) : cause;
  }
}

/** The mapping as lines of a config file, to stand under `server`. */
export function mappingLines({ arn, section, username }: FirstAdmin): readonly string[] {
  return [
    `${section}:`,
    `  - ${ARN_KEYS[section]}: ${JSON.stringify(arn.canonicalArn)}`,
    `    username: ${JSON.stringify(username)}`,
    `    groups: [${JSON.stringify(ADMIN_GROUP)}]`,
  ];
}

/** The binding of the group, for `kubectl apply`. */
export const ADMIN_BINDING =
  `# Written by "ram-auth init --admin-arn". Whoever is in this group is cluster administrator, until this is deleted.
# Whoever may write mappings, in any place where the server reads them, can put people into it.
# Apply it with a user that is cluster administrator already.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${ADMIN_GROUP}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: ${ADMIN_GROUP}
`;
