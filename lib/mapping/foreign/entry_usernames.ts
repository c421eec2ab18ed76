/**
 * The username that EKS gives where an access entry is made without one.
 *
 * Source: "Create access entries" of the EKS user guide, the table of usernames that EKS generates.
 *
 * @module
 */

import type { ArnPattern } from "../../clouds/cloud.ts";
import { quoted } from "../../quote.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { Fault } from "../entry.ts";
import { parseTemplate, type Template } from "../template.ts";

/** Those of nodes, by type. */
const OF_NODES: Readonly<Record<string, string>> = {
  EC2_LINUX: "system:node:{{EC2PrivateDNSName}}",
  EC2_WINDOWS: "system:node:{{EC2PrivateDNSName}}",
  FARGATE_LINUX: "system:node:{{SessionName}}",
  HYBRID_LINUX: "system:node:{{SessionName}}",
};

/** The username of an entry that has none; a fault where AWS does not publish it. */
export function defaultUsername(
  node: YamlNode,
  { type, arn, text }: { readonly type: string; readonly arn: ArnPattern; readonly text: string },
  fault: Fault,
): Template | undefined {
  if (type === "STANDARD") return parseTemplate(arn.kind === "role" ? sessionsOf(arn) : text);
  const username = Object.hasOwn(OF_NODES, type) ? OF_NODES[type]! : undefined;
  if (username !== undefined) return parseTemplate(username);
  return fault(node, `it has no username, and AWS does not say which one EKS gives to the type ${quoted(type)}`);
}

/** `arn:aws:sts::<account>:assumed-role/<role>/{{SessionName}}`, without the role's path. */
function sessionsOf({ canonicalArn }: ArnPattern): string {
  const [, partition, , , account, role = ""] = canonicalArn.split(":");
  return `arn:${partition}:sts::${account}:assumed-role/${role.slice(role.lastIndexOf("/") + 1)}/{{SessionName}}`;
}
